"""Connections of the Data Catalog: what they say of how a database is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from awsglue.catalog.client import Catalog
from awsglue.connections.jdbc import databases, secrets, url
from awsglue.options import OptionError


@dataclass(frozen=True, kw_only=True)
class GlueConnection:
    name: str
    #: Its ConnectionProperties, passwords among them.
    properties: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Its URL, also where it is told in parts. OptionError when it has none."""
        told = self.properties
        if told.get("JDBC_CONNECTION_URL"):
            return told["JDBC_CONNECTION_URL"]
        if {"HOST", "PORT", "JDBC_ENGINE"} <= told.keys():
            return f"jdbc:{told['JDBC_ENGINE'].lower()}://{told['HOST']}:{told['PORT']}"
        raise OptionError(f"the connection {self.name} has no JDBC_CONNECTION_URL: it is not of a database")

    @property
    def driver(self) -> str:
        return self.properties.get("JDBC_DRIVER_CLASS_NAME") or self.properties.get("CONNECTOR_CLASS_NAME") or ""

    @property
    def jar(self) -> str:
        return self.properties.get("JDBC_DRIVER_JAR_URI") or self.properties.get("CONNECTOR_URL") or ""

    @property
    def enforces_ssl(self) -> bool:
        return self._is_set("JDBC_ENFORCE_SSL")

    def login(self) -> tuple[str, str]:
        """User and password, which are in a secret when the connection names one."""
        if self.properties.get("SECRET_ID"):
            return secrets.login(self.properties["SECRET_ID"], f"SECRET_ID of the connection {self.name}")
        return self.properties.get("USERNAME", ""), self.properties.get("PASSWORD", "")

    def conf(self) -> dict[str, str]:
        """What extract_jdbc_conf answers."""
        user, password = self.login()
        return {
            "enforceSSL": str(self.enforces_ssl).lower(),
            "skipCustomJDBCCertValidation": str(self._is_set("SKIP_CUSTOM_JDBC_CERT_VALIDATION")).lower(),
            "url": url.server(self.url),
            "fullUrl": self.url,
            "customJDBCCertString": self.properties.get("CUSTOM_JDBC_CERT_STRING", ""),
            "user": user,
            "customJDBCCert": self.properties.get("CUSTOM_JDBC_CERT", ""),
            "password": password,
            "vendor": databases.of_url(self.url).name,
        }

    def _is_set(self, name: str) -> bool:
        return self.properties.get(name, "").lower() == "true"


def get(name: str, catalog_id: str | None = None) -> GlueConnection:
    """The connection of this name. OptionError when there is none, or nobody to ask."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = Catalog(catalog_id).connection(name)
    except (BotoCoreError, ClientError) as error:
        raise OptionError(f"the connection {name!r} cannot be read: {error}") from error
    return GlueConnection(name=name, properties=found.get("ConnectionProperties") or {})
