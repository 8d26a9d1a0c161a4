"""JDBC URLs: their parts, and how they look in messages, where no password may be."""

from __future__ import annotations

import re

from awsglue.options import OptionError

# jdbc:vendor://authority/path?parameters, as most databases have it.
_USUAL = re.compile(r"(?P<base>jdbc:[\w:]+?://[^/?;]*)(?P<path>/[^?;]*)?(?P<rest>[?;].*)?", re.DOTALL)
_SECRET = re.compile(r"(?i)((?:\w*password|pwd|\w*secret|\w*token)\s*=)[^&;,)\s]*")
_LOGIN = re.compile(r"(://)[^/?\s]*@|(:thin:|:oci:)[^@\s]*/\S*@")
_DATABASE_NAME = re.compile(r"(?i);\s*database(?:name)?\s*=[^;]*")


def shown(url: str) -> str:
    """The URL without secrets."""
    return _SECRET.sub(r"\1***", _LOGIN.sub(r"\1\2***@", url))


def server(url: str) -> str:
    """The URL of the server alone, without database and parameters: what extract_jdbc_conf calls `url`."""
    match = _USUAL.fullmatch(url)
    return match["base"] if match else url


def with_database(url: str, database: str) -> str:
    """The URL of another database on the same server. OptionError where URLs name none."""
    if url.lower().startswith("jdbc:sqlserver:"):
        return f"{_DATABASE_NAME.sub('', url)};databaseName={database}"
    match = _USUAL.fullmatch(url)
    if not match or url.lower().startswith("jdbc:oracle:"):
        raise OptionError(
            f"the jdbc option database cannot be put into the url {shown(url)}: name it in the url itself"
        )
    return f"{match['base']}/{database}{match['rest'] or ''}"
