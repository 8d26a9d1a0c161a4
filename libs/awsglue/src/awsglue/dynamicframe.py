"""DynamicFrame: records that are typed one by one, over a Spark DataFrame."""

from __future__ import annotations

from awsglue.framecollection import DynamicFrameCollection
from awsglue.frameio import DynamicFrameReader, DynamicFrameWriter
from awsglue.frames.errors import Errors
from awsglue.frames.fields import Fields
from awsglue.frames.functions import Functions
from awsglue.frames.nested import Nested
from awsglue.frames.output import Output
from awsglue.frames.tables import Tables
from awsglue.gluetypes import DynamicRecord
from awsglue.resolveoption import ResolveOption

__all__ = [
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "DynamicRecord",
    "ResolveOption",
]


class DynamicFrame(Fields, Nested, Functions, Tables, Errors, Output):
    """Records with a schema that is found in them. Every method leaves its frame as it is and answers a new one."""
