"""What a request about the catalog may not say, because it would have no effect here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openglue.errors import InvalidInputException

_GOVERNED = "governed tables are not served"
_LINKS = "links to other databases and tables are not served"
_FEDERATION = "federated databases and tables are not served"
_ICEBERG = "tables of open formats are kept like any others, by TableInput alone"
_VIEWS = "views of several dialects are not served"

#: Member of a request -> why it is refused. Add a member here, and its row to api/fields.
REFUSED: Mapping[str, str] = {
    "TransactionId": _GOVERNED,
    "QueryAsOfTime": _GOVERNED,
    "TargetDatabase": _LINKS,
    "TargetTable": _LINKS,
    "FederatedDatabase": _FEDERATION,
    "FederatedTable": _FEDERATION,
    "OpenTableFormatInput": _ICEBERG,
    "UpdateOpenTableFormatInput": _ICEBERG,
    "ViewDefinition": _VIEWS,
    "ViewUpdateAction": _VIEWS,
    "ApplyOverrideForComputeEnvironment": "properties of a connection are returned as they were given",
}


def refuse(document: Mapping[str, Any]) -> None:
    """Raise InvalidInputException if a request, or a structure in it, says what has no effect here."""
    for member in document:
        if member in REFUSED:
            raise InvalidInputException(f"{member} is not supported: {REFUSED[member]}")
