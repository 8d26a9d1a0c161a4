"""The databases that Glue reads and writes by name, and what of their SQL differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Database:
    """One kind of database. `{value}` and `{count}` in SQL are replaced."""

    #: The connection type of Glue, which extract_jdbc_conf calls vendor.
    name: str
    #: What its URLs begin with.
    scheme: str
    #: The class of its driver; empty when there is none by default.
    driver: str
    #: Where the driver is from, as Maven coordinates; empty when the runtime has it.
    maven: str = ""
    #: What names are quoted with.
    quote: str = '"'
    #: A whole number in the database's own terms.
    whole: str = "CAST({value} AS BIGINT)"
    #: A whole number that depends on a value of any type; empty where no function is known.
    hash: str = ""
    modulo: str = "MOD({value}, {count})"
    #: What lets a query give only its first row.
    first: str = "FETCH FIRST 1 ROWS ONLY"
    #: Whether a backslash in a text has a meaning, and has to be doubled.
    escapes: bool = False
    #: Whether a column may be an array.
    arrays: bool = False
    #: Whether hashfield and hashexpression divide a read.
    divides: bool = True
    #: What tells the driver to accept only a connection that is encrypted, with a server that is who it says.
    verified: Mapping[str, str] = field(default_factory=dict)
    #: What makes the driver fetch and send rows in portions.
    portions: Mapping[str, str] = field(default_factory=dict)

    def quoted(self, name: str) -> str:
        """A column's name in SQL."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def text(self, value: str) -> str:
        """A text in SQL."""
        escaped = value.replace("\\", "\\\\") if self.escapes else value
        return "'" + escaped.replace("'", "''") + "'"


#: A database of which nothing more is known than its driver.
UNKNOWN = Database(name="custom.jdbc", scheme="jdbc:", driver="")

#: Add a database here. Of those whose driver the runtime has not, only what the SQL standard says has been tried.
DATABASES = (
    Database(
        name="postgresql",
        scheme="jdbc:postgresql:",
        driver="org.postgresql.Driver",
        hash="hashtext(CAST({value} AS text))",
        arrays=True,
        verified={"ssl": "true", "sslmode": "verify-full", "sslfactory": "org.postgresql.ssl.DefaultJavaSSLFactory"},
        portions={"reWriteBatchedInserts": "true"},
    ),
    Database(
        name="mysql",
        scheme="jdbc:mysql:",
        driver="com.mysql.cj.jdbc.Driver",
        quote="`",
        whole="CAST({value} AS SIGNED)",
        first="LIMIT 1",
        escapes=True,
        hash="CRC32({value})",
        verified={"sslMode": "VERIFY_IDENTITY"},
        portions={"useCursorFetch": "true", "rewriteBatchedStatements": "true"},
    ),
    Database(
        name="oracle",
        scheme="jdbc:oracle:",
        driver="oracle.jdbc.OracleDriver",
        maven="com.oracle.database.jdbc:ojdbc11",
        whole="CAST({value} AS NUMBER(38))",
        hash="ORA_HASH({value})",
    ),
    Database(
        name="sqlserver",
        scheme="jdbc:sqlserver:",
        driver="com.microsoft.sqlserver.jdbc.SQLServerDriver",
        maven="com.microsoft.sqlserver:mssql-jdbc",
        hash="CAST(CHECKSUM({value}) AS BIGINT)",
        modulo="({value}) % {count}",
        first="OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY",
        verified={"encrypt": "true", "trustServerCertificate": "false"},
    ),
    Database(
        name="redshift",
        scheme="jdbc:redshift:",
        driver="com.amazon.redshift.jdbc42.Driver",
        maven="com.amazon.redshift:redshift-jdbc42",
        first="LIMIT 1",
        # AWS ignores both with Redshift.
        divides=False,
        verified={"ssl": "true", "sslmode": "verify-full"},
    ),
    # Spark brings it along. Its network client is another driver, which the option className names.
    Database(name="derby", scheme="jdbc:derby:", driver="org.apache.derby.jdbc.EmbeddedDriver"),
)


def of_url(url: str) -> Database:
    """The database that a URL is of."""
    return next((one for one in DATABASES if url.lower().startswith(one.scheme)), UNKNOWN)
