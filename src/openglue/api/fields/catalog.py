"""Members of the requests about databases and tables of the Data Catalog."""

from __future__ import annotations

from openglue.api.fields.field import Field, Fields, ignored, refused, stored, used

CATALOG_ID = used("the account, if it is given: there is one catalog")
DATABASE = used("the database's name, in upper or lower case")
TABLE = used("the table's name, in upper or lower case")
TOKEN = used("where the page before ended")
SIZE = used("size of the page; one of large definitions may be shorter")
GOVERNED = refused("governed tables are not served")
AUDIT = ignored("there is no Lake Formation")
_LINK = refused("links to other databases and tables are not served")
_FEDERATED = refused("nothing is federated")
_ICEBERG = refused("tables of open formats are kept like any others, by TableInput alone")
_VIEW = refused("views of several dialects are not served")
_FORM = stored("how the data is written")
_SCHEMA = stored("there is no schema registry: columns come from Columns alone")

#: Members that a request has to read tables or partitions as of another time.
AS_OF: dict[str, Field] = {"TransactionId": GOVERNED, "QueryAsOfTime": GOVERNED, "AuditContext": AUDIT}

CATALOG: Fields = {
    "CreateDatabaseRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseInput": used("the database"),
        "Tags": used("GetTags returns them"),
    },
    "DatabaseInput": {
        "Name": used("its name, kept in lower case; taken once"),
        "Description": stored("for people"),
        "LocationUri": stored("where tables that do not say otherwise would be"),
        "Parameters": stored("for clients"),
        "CreateTableDefaultPermissions": stored("there is no Lake Formation"),
        "TargetDatabase": _LINK,
        "FederatedDatabase": _FEDERATED,
    },
    "PrincipalPermissions": {
        "Principal": stored("there is no Lake Formation"),
        "Permissions": stored("there is no Lake Formation"),
    },
    "DataLakePrincipal": {"DataLakePrincipalIdentifier": stored("there is no Lake Formation")},
    "DatabaseIdentifier": dict.fromkeys(("CatalogId", "DatabaseName", "Region"), _LINK),
    "FederatedDatabase": dict.fromkeys(("Identifier", "ConnectionName", "ConnectionType"), _FEDERATED),
    "GetDatabaseRequest": {"CatalogId": CATALOG_ID, "Name": DATABASE},
    "GetDatabasesRequest": {
        "CatalogId": CATALOG_ID,
        "NextToken": TOKEN,
        "MaxResults": SIZE,
        "ResourceShareType": used("ALL, or none are returned: nothing is shared"),
        "AttributesToGet": used("names only; must include NAME"),
    },
    "UpdateDatabaseRequest": {
        "CatalogId": CATALOG_ID,
        "Name": DATABASE,
        "DatabaseInput": used("the whole definition, under the same name"),
    },
    "DeleteDatabaseRequest": {"CatalogId": CATALOG_ID, "Name": used("the database; its tables go with it, at once")},
    "CreateTableRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "Name": ignored("the name is that of TableInput"),
        "TableInput": used("the table; required"),
        "PartitionIndexes": used("GetPartitionIndexes returns them; nothing is faster for them"),
        "TransactionId": GOVERNED,
        "OpenTableFormatInput": _ICEBERG,
    },
    "PartitionIndex": {
        "Keys": used("partition keys of the table"),
        "IndexName": stored("its name"),
    },
    "TableInput": {
        "Name": used("its name, kept in lower case; taken once in a database"),
        "Description": stored("for people"),
        "Owner": stored("nobody is kept from anything"),
        "LastAccessTime": stored("nothing here sets it"),
        "LastAnalyzedTime": stored("nothing here sets it"),
        "Retention": stored("nothing is deleted for it; 0 if it is not given"),
        "StorageDescriptor": stored("see there"),
        "PartitionKeys": used("what partitions have values for, each name once"),
        "ViewOriginalText": stored("for clients"),
        "ViewExpandedText": stored("for clients"),
        "TableType": stored("for clients"),
        "Parameters": stored("for clients"),
        "TargetTable": _LINK,
        "FederatedTable": _FEDERATED,
        "ViewDefinition": _VIEW,
    },
    "StorageDescriptor": {
        "Columns": stored("names and types; columns of the data, not partition keys"),
        "Location": stored("where the data is"),
        "AdditionalLocations": stored("for clients"),
        "InputFormat": _FORM,
        "OutputFormat": _FORM,
        "Compressed": stored("false if it is not given"),
        "NumberOfBuckets": stored("0 if it is not given"),
        "SerdeInfo": stored("see there"),
        "BucketColumns": _FORM,
        "SortColumns": _FORM,
        "Parameters": stored("for clients"),
        "SkewedInfo": _FORM,
        "StoredAsSubDirectories": stored("false if it is not given"),
        "SchemaReference": _SCHEMA,
    },
    "Column": {
        "Name": used("of partition keys: kept as it is given, compared in lower case"),
        "Type": used("of partition keys: how GetPartitions compares values; string if it is not given"),
        "Comment": stored("for people"),
        "Parameters": stored("for clients"),
    },
    "SerDeInfo": {"Name": _FORM, "SerializationLibrary": _FORM, "Parameters": _FORM},
    "Order": {"Column": _FORM, "SortOrder": _FORM},
    "SkewedInfo": dict.fromkeys(
        ("SkewedColumnNames", "SkewedColumnValues", "SkewedColumnValueLocationMaps"),
        _FORM,
    ),
    "SchemaReference": dict.fromkeys(("SchemaId", "SchemaVersionId", "SchemaVersionNumber"), _SCHEMA),
    "SchemaId": dict.fromkeys(("SchemaArn", "SchemaName", "RegistryName"), _SCHEMA),
    "TableIdentifier": dict.fromkeys(("CatalogId", "DatabaseName", "Name", "Region"), _LINK),
    "FederatedTable": dict.fromkeys(
        ("Identifier", "DatabaseIdentifier", "ConnectionName", "ConnectionType"), _FEDERATED
    ),
    "GetTableRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "Name": TABLE,
        **AS_OF,
        "IncludeStatusDetails": ignored("no change of a table is still going on"),
        "AttributesToGet": used("DEFAULT, the only one"),
    },
    "AuditContext": dict.fromkeys(("AdditionalAuditContext", "RequestedColumns", "AllColumnsRequested"), AUDIT),
    "GetTablesRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "Expression": used("a pattern that the whole name matches, see the Data Catalog"),
        "NextToken": TOKEN,
        "MaxResults": SIZE,
        **AS_OF,
        "ResourceShareType": used("ALL, or none are returned: nothing is federated"),
        "IncludeStatusDetails": ignored("no change of a table is still going on"),
        "AttributesToGet": used("NAME, TABLE_TYPE or DEFAULT, which is all"),
    },
    "UpdateTableRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "Name": used("if it is given, the name in TableInput"),
        "TableInput": used("the whole definition, under the same name; required"),
        "SkipArchive": ignored("no earlier version is kept, whatever it says; the version goes up"),
        "TransactionId": GOVERNED,
        "VersionId": used("refused with ConcurrentModificationException unless it is the version"),
        "ViewUpdateAction": _VIEW,
        "Force": ignored("nothing is compared that it could force"),
        "UpdateOpenTableFormatInput": _ICEBERG,
    },
    "DeleteTableRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "Name": used("the table; its partitions go with it, at once"),
        "TransactionId": GOVERNED,
    },
    "BatchDeleteTableRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "TablesToDelete": used("names, of which some may be unknown"),
        "TransactionId": GOVERNED,
    },
    "GetPartitionIndexesRequest": {
        "CatalogId": CATALOG_ID,
        "DatabaseName": DATABASE,
        "TableName": TABLE,
        "NextToken": used("refused: there is one page"),
    },
}
