"""What becomes of every member of every request: used, stored, ignored or refused.

The tables are what the reference page of operations says; a test compares them with the service models, so that no
member of an operation that is served can be forgotten. Add the members of a new operation to the table of its subject.
"""

from __future__ import annotations

from collections.abc import Mapping

from openglue.api.fields.catalog import CATALOG
from openglue.api.fields.connections import CONNECTIONS
from openglue.api.fields.field import Field, Fields, Use
from openglue.api.fields.jobs import JOBS
from openglue.api.fields.neighbours import IAM, LOGS, STS
from openglue.api.fields.own import OWN
from openglue.api.fields.partitions import PARTITIONS
from openglue.api.fields.runs import RUNS
from openglue.api.fields.triggers import TRIGGERS

__all__ = ["DRAWING", "FIELDS", "OPAQUE", "Field", "Fields", "Use"]

#: Service -> what becomes of the members of its requests. Add a service here.
FIELDS: Mapping[str, Fields] = {
    "glue": {**RUNS, **JOBS, **TRIGGERS, **CATALOG, **PARTITIONS, **CONNECTIONS},
    "logs": LOGS,
    "openglue": OWN,
    "sts": STS,
    "iam": IAM,
}

#: The drawing of a visual job. Its inside is kept and returned as a whole, and means nothing here.
DRAWING = "CodeGenConfigurationNodes"
#: Structures whose shapes would fill a book and mean nothing here: the drawing, what is refused as a whole, and what no
#: answer holds.
OPAQUE = frozenset(
    {
        DRAWING,
        "IcebergTableMetadata",
        "OAuth2PropertiesInput",
        "OpenTableFormatInput",
        "TableStatus",
        "UpdateOpenTableFormatInput",
        "ViewDefinition",
        "ViewDefinitionInput",
    }
)
