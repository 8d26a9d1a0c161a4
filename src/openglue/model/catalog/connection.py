"""A connection of the catalog: how a data store is reached, with what secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from openglue.errors import InvalidInputException
from openglue.model.job import Document

#: Type of a connection -> what its ConnectionProperties must name: of each row all of one set (documented).
_NEEDED: Mapping[str, tuple[tuple[frozenset[str], ...], ...]] = {
    "JDBC": (
        (frozenset({"JDBC_CONNECTION_URL"}), frozenset({"HOST", "PORT", "JDBC_ENGINE"})),
        (frozenset({"SECRET_ID"}), frozenset({"USERNAME", "PASSWORD"})),
    ),
    "KAFKA": ((frozenset({"KAFKA_BOOTSTRAP_SERVERS"}),),),
    "MONGODB": (
        (frozenset({"CONNECTION_URL"}),),
        (frozenset({"SECRET_ID"}), frozenset({"USERNAME", "PASSWORD"})),
    ),
}
#: Members whose values are told by name, passwords among them.
_PROPERTIES = ("ConnectionProperties", "SparkProperties", "AthenaProperties", "PythonProperties")
#: What makes a connection one of schema version 2 (ours: AWS does not say).
_OF_VERSION_2 = frozenset({"AuthenticationConfiguration", *_PROPERTIES[1:]})
#: Members that say what to do, and are not part of the connection.
_ORDERS = frozenset({"Name", "ValidateCredentials", "ValidateForComputeEnvironments"})
#: What would have to be kept by a service of secrets, of which there is none.
_SECRETS = ("OAuth2Properties", "BasicAuthenticationCredentials", "CustomAuthenticationCredentials")


@dataclass(frozen=True, kw_only=True)
class Connection:
    #: As it was given: connections are the one thing in the catalog whose case counts.
    name: str
    #: The members of ConnectionInput that are kept. Holds passwords, so that nothing prints it.
    definition: Document = field(repr=False)
    #: Epoch milliseconds.
    created_on: int
    updated_on: int

    @property
    def schema_version(self) -> int:
        return 2 if self.definition.keys() & _OF_VERSION_2 else 1


def new_connection(given: Document, *, now: int) -> Connection:
    """The connection that a ConnectionInput describes. Raises InvalidInputException."""
    return Connection(name=given["Name"], definition=_definition(given), created_on=now, updated_on=now)


def updated_connection(connection: Connection, given: Document, *, now: int) -> Connection:
    """The connection with another definition as a whole: a password that is not given again is gone."""
    return replace(connection, definition=_definition(given), updated_on=now)


def connection_members(connection: Connection, *, passwords: bool) -> dict[str, Any]:
    """The Connection structure; without `passwords` it names none."""
    members: dict[str, Any] = {
        **connection.definition,
        "Name": connection.name,
        "CreationTime": connection.created_on / 1000,
        "LastUpdatedTime": connection.updated_on / 1000,
        "Status": "READY",
        "ConnectionSchemaVersion": connection.schema_version,
    }
    if not passwords:
        for member in _PROPERTIES:
            if member in members:
                members[member] = {
                    name: value for name, value in members[member].items() if "password" not in name.lower()
                }
    return members


def is_wanted(connection: Connection, wanted: Document) -> bool:
    """Whether a connection is what a GetConnectionsFilter asks for; of MatchCriteria it must have all."""
    definition = connection.definition
    return (
        wanted.get("ConnectionType", definition["ConnectionType"]) == definition["ConnectionType"]
        and set(wanted.get("MatchCriteria") or ()) <= set(definition.get("MatchCriteria") or ())
        and wanted.get("ConnectionSchemaVersion", connection.schema_version) == connection.schema_version
    )


def _definition(given: Document) -> Document:
    properties = given["ConnectionProperties"].keys()
    for row in _NEEDED.get(given["ConnectionType"], ()):
        if not any(needed <= properties for needed in row):
            wanted = " or ".join(" with ".join(sorted(needed)) for needed in row)
            raise InvalidInputException(
                f"ConnectionProperties of a {given['ConnectionType']} connection must name {wanted}"
            )
    for member in given.get("AuthenticationConfiguration") or ():
        if member in _SECRETS:
            raise InvalidInputException(f"{member} is not supported: there is no service of secrets to keep it")
    return {member: value for member, value in given.items() if member not in _ORDERS}
