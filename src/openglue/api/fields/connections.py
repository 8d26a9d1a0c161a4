"""Members of the requests about connections of the Data Catalog."""

from __future__ import annotations

from openglue.api.fields.catalog import CATALOG_ID, SIZE, TOKEN
from openglue.api.fields.field import Fields, ignored, refused, stored, used

_CONNECTION = used("the connection's name, as it is written")
_HIDE = used("leaves out properties with a password")
_NETWORK = stored("a script reaches what the machine reaches")
_SECRET = refused("there is no service of secrets to keep it")

CONNECTIONS: Fields = {
    "CreateConnectionRequest": {
        "CatalogId": CATALOG_ID,
        "ConnectionInput": used("the connection"),
        "Tags": used("GetTags returns them"),
    },
    "ConnectionInput": {
        "Name": used("its name, kept as it is written; taken once"),
        "Description": stored("for people"),
        "ConnectionType": used("GetConnections filters by it; JDBC, KAFKA and MONGODB need certain properties"),
        "MatchCriteria": used("GetConnections filters by them"),
        "ConnectionProperties": stored("passwords too, as they are: see the Data Catalog"),
        "SparkProperties": stored("for clients"),
        "AthenaProperties": stored("for clients"),
        "PythonProperties": stored("for clients"),
        "PhysicalConnectionRequirements": _NETWORK,
        "AuthenticationConfiguration": stored("see there"),
        "ValidateCredentials": ignored("nothing is connected to"),
        "ValidateForComputeEnvironments": ignored("nothing is connected to"),
    },
    "PhysicalConnectionRequirements": dict.fromkeys(("SubnetId", "SecurityGroupIdList", "AvailabilityZone"), _NETWORK),
    "AuthenticationConfigurationInput": {
        "AuthenticationType": stored("for clients"),
        "OAuth2Properties": _SECRET,
        "SecretArn": stored("for clients"),
        "KmsKeyArn": stored("nothing is encrypted by key"),
        "BasicAuthenticationCredentials": _SECRET,
        "CustomAuthenticationCredentials": _SECRET,
    },
    "BasicAuthenticationCredentials": dict.fromkeys(("Username", "Password"), _SECRET),
    "GetConnectionRequest": {
        "CatalogId": CATALOG_ID,
        "Name": _CONNECTION,
        "HidePassword": _HIDE,
        "ApplyOverrideForComputeEnvironment": refused("properties are returned as they were given"),
    },
    "GetConnectionsRequest": {
        "CatalogId": CATALOG_ID,
        "Filter": used("see there"),
        "HidePassword": _HIDE,
        "NextToken": TOKEN,
        "MaxResults": SIZE,
    },
    "GetConnectionsFilter": {
        "MatchCriteria": used("connections that have all of them"),
        "ConnectionType": used("connections of that type"),
        "ConnectionSchemaVersion": used("1, or 2 for those with authentication or properties of an environment"),
    },
    "UpdateConnectionRequest": {
        "CatalogId": CATALOG_ID,
        "Name": _CONNECTION,
        "ConnectionInput": used("the whole definition, under the same name; a password that is not in it is gone"),
    },
    "DeleteConnectionRequest": {"CatalogId": CATALOG_ID, "ConnectionName": _CONNECTION},
}
