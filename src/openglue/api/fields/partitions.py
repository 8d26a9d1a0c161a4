"""Members of the requests about partitions of the Data Catalog."""

from __future__ import annotations

from openglue.api.fields.catalog import AS_OF, AUDIT, CATALOG_ID, DATABASE, SIZE, TABLE, TOKEN
from openglue.api.fields.field import Field, Fields, ignored, stored, used

_QUERY = ignored("there is no query engine to speak of")
_VALUES = used("a value for each partition key, in their order")
#: Members by which every request names a table.
_OF_TABLE: dict[str, Field] = {"CatalogId": CATALOG_ID, "DatabaseName": DATABASE, "TableName": TABLE}

PARTITIONS: Fields = {
    "CreatePartitionRequest": {**_OF_TABLE, "PartitionInput": used("the partition")},
    "PartitionInput": {
        "Values": used("a value for each partition key, in their order; required, taken once in a table"),
        "LastAccessTime": stored("nothing here sets it"),
        "StorageDescriptor": stored("where this part of the data is, and in which form"),
        "Parameters": stored("for clients"),
        "LastAnalyzedTime": stored("nothing here sets it"),
    },
    "BatchCreatePartitionRequest": {
        **_OF_TABLE,
        "PartitionInputList": used("partitions, of which some may be there already; with a wrong one none is created"),
    },
    "GetPartitionRequest": {**_OF_TABLE, "PartitionValues": _VALUES, "AuditContext": AUDIT},
    "GetPartitionsRequest": {
        **_OF_TABLE,
        "Expression": used("a predicate over the partition keys, see the Data Catalog"),
        "NextToken": TOKEN,
        "Segment": used("returns only that part of the partitions"),
        "MaxResults": SIZE,
        "ExcludeColumnSchema": used("leaves out the columns of each partition's storage"),
        **AS_OF,
    },
    "Segment": {
        "SegmentNumber": used("which part, from 0 on"),
        "TotalSegments": used("how many parts there are"),
    },
    "BatchGetPartitionRequest": {
        **_OF_TABLE,
        "PartitionsToGet": used("values of partitions, of which some may be unknown"),
        "AuditContext": AUDIT,
        "QuerySessionContext": _QUERY,
    },
    "QuerySessionContext": dict.fromkeys(
        ("QueryId", "QueryStartTime", "ClusterId", "QueryAuthorizationId", "AdditionalContext"), _QUERY
    ),
    "PartitionValueList": {"Values": _VALUES},
    "UpdatePartitionRequest": {
        **_OF_TABLE,
        "PartitionValueList": _VALUES,
        "PartitionInput": used("the whole definition, with the same values or none"),
    },
    "DeletePartitionRequest": {**_OF_TABLE, "PartitionValues": _VALUES},
    "BatchDeletePartitionRequest": {
        **_OF_TABLE,
        "PartitionsToDelete": used("values of partitions, of which some may be unknown"),
    },
}
