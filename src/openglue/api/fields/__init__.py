"""What becomes of every member of every request: used, stored or refused.

The tables are what the reference page of operations says; a test compares them with the service models, so that no
member of an operation that is served can be forgotten. Add the members of a new operation to the table of its subject.
"""

from __future__ import annotations

from collections.abc import Mapping

from openglue.api.fields.field import Field, Fields, Use
from openglue.api.fields.jobs import JOBS
from openglue.api.fields.neighbours import IAM, LOGS, STS
from openglue.api.fields.own import OWN
from openglue.api.fields.runs import RUNS
from openglue.api.fields.triggers import TRIGGERS

__all__ = ["FIELDS", "OPAQUE", "Field", "Fields", "Use"]

#: Service -> what becomes of the members of its requests. Add a service here.
FIELDS: Mapping[str, Fields] = {
    "glue": {**RUNS, **JOBS, **TRIGGERS},
    "logs": LOGS,
    "openglue": OWN,
    "sts": STS,
    "iam": IAM,
}

#: A structure whose inside is kept and returned as a whole, and means nothing here: its shapes would fill a book.
OPAQUE = "CodeGenConfigurationNodes"
