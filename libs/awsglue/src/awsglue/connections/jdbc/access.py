"""How one database is reached: by options, by a connection of the Data Catalog, or by both, where options prevail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from awsglue.connections.jdbc import databases, glueconnection, secrets
from awsglue.connections.jdbc import url as urls
from awsglue.connections.jdbc.databases import Database
from awsglue.connections.jdbc.glueconnection import GlueConnection
from awsglue.options import OptionError


@dataclass(frozen=True, kw_only=True)
class Access:
    database: Database
    #: May hold a password, as the next but one does: neither is printed.
    url: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    #: The driver's class, and its jar when one is given.
    driver: str
    jar: str
    #: What the driver is told besides.
    properties: Mapping[str, str] = field(repr=False)

    def options(self) -> dict[str, str]:
        """The options with which Spark reaches it."""
        login = {name: value for name, value in (("user", self.user), ("password", self.password)) if value}
        return {**self.properties, **login, "url": self.url, "driver": self.driver}


def resolve(connection_type: str, options: Mapping[str, Any]) -> Access:
    """The way to the database of these checked options. OptionError says what is missing or does not fit."""
    connection = _connection(options)
    url = options["url"] or (connection.url if connection else "")
    if not url:
        raise OptionError(
            "the jdbc option url is missing: jdbc:postgresql://host:port/database or the like,"
            " or connectionName with useConnectionProperties"
        )
    database = _database(connection_type, url)
    user, password = _login(options, connection)
    driver = options["className"] or (connection.driver if connection else "") or database.driver
    if not driver:
        raise OptionError(f"the jdbc option className is missing: the class of the driver for {urls.shown(url)}")
    return Access(
        database=database,
        url=urls.with_database(url, options["database"]) if options["database"] else url,
        user=user,
        password=password,
        driver=driver,
        jar=options["customJdbcDriverS3Path"] or (connection.jar if connection else ""),
        properties={**database.portions, **(_verified(connection, database) if connection else {})},
    )


def _connection(options: Mapping[str, Any]) -> GlueConnection | None:
    """The connection that is asked for. One that is named beside a url is, as on AWS, the network's alone."""
    name = options["connectionName"]
    if options["useConnectionProperties"] and not name:
        raise OptionError("the jdbc option useConnectionProperties needs connectionName: the connection's name")
    if name and (options["useConnectionProperties"] or not options["url"]):
        return glueconnection.get(name, options["catalogId"])
    return None


def _database(connection_type: str, url: str) -> Database:
    if not url.lower().startswith("jdbc:"):
        raise OptionError(f"the jdbc option url must begin with jdbc:, and {urls.shown(url)} does not")
    database = databases.of_url(url)
    if connection_type not in {"custom.jdbc", database.name}:
        scheme = next(one.scheme for one in databases.DATABASES if one.name == connection_type)
        hint = "; MariaDB's are too" if connection_type == "mysql" else ""
        raise OptionError(
            f"the url of a {connection_type} connection begins with {scheme}{hint}, not {urls.shown(url)}"
        )
    return database


def _login(options: Mapping[str, Any], connection: GlueConnection | None) -> tuple[str, str]:
    if options["secretId"]:
        return secrets.login(options["secretId"], "the jdbc option secretId")
    user, password = connection.login() if connection else ("", "")
    return options["user"] or user, options["password"] or password


def _verified(connection: GlueConnection, database: Database) -> Mapping[str, str]:
    if not connection.enforces_ssl:
        return {}
    if connection.properties.get("CUSTOM_JDBC_CERT"):
        raise NotImplementedError(
            f"CUSTOM_JDBC_CERT of the connection {connection.name} is not built yet:"
            " add the certificate to Java's own, and leave the property out"
        )
    if not database.verified:
        raise NotImplementedError(
            f"JDBC_ENFORCE_SSL of the connection {connection.name} is not built yet for {database.name}:"
            " ask for an encrypted connection in the url"
        )
    return database.verified
