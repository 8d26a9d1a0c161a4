"""Cuts the served part of the AWS service models out of the installed botocore.

Writes src/openglue/api/model/<service>.json: the operations below and every shape that they reach, without texts. The
files are committed, so that what the service offers does not change with a user's botocore.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

MODEL = Path(__file__).parents[1] / "src" / "openglue" / "api" / "model"

# Add here: an operation, then run this script.
OPERATIONS = {
    "glue": [
        "BatchCreatePartition",
        "BatchDeletePartition",
        "BatchDeleteTable",
        "BatchGetJobs",
        "BatchGetPartition",
        "BatchGetTriggers",
        "BatchStopJobRun",
        "CreateConnection",
        "CreateDatabase",
        "CreateJob",
        "CreatePartition",
        "CreateTable",
        "CreateTrigger",
        "DeleteConnection",
        "DeleteDatabase",
        "DeleteJob",
        "DeletePartition",
        "DeleteTable",
        "DeleteTrigger",
        "GetConnection",
        "GetConnections",
        "GetDatabase",
        "GetDatabases",
        "GetJob",
        "GetJobBookmark",
        "GetJobRun",
        "GetJobRuns",
        "GetJobs",
        "GetPartition",
        "GetPartitionIndexes",
        "GetPartitions",
        "GetTable",
        "GetTables",
        "GetTags",
        "GetTrigger",
        "GetTriggers",
        "ListJobs",
        "ListTriggers",
        "ResetJobBookmark",
        "StartJobRun",
        "StartTrigger",
        "StopTrigger",
        "TagResource",
        "UntagResource",
        "UpdateConnection",
        "UpdateDatabase",
        "UpdateJob",
        "UpdatePartition",
        "UpdateTable",
        "UpdateTrigger",
    ],
    "logs": [
        "DescribeLogGroups",
        "DescribeLogStreams",
        "FilterLogEvents",
        "GetLogEvents",
    ],
}

METADATA = ["apiVersion", "jsonVersion", "protocol", "serviceFullName", "serviceId", "signatureVersion", "targetPrefix"]
SHAPE = ["type", "exception", "fault", "sensitive", "timestampFormat", "required", "enum", "min", "max", "pattern"]
REFERENCE = ["shape", "deprecated"]


def cut(service: str) -> dict[str, Any]:
    """The slice of one service: metadata, operations and shapes, both sorted; members keep the model's order."""
    model = Loader().load_service_model(service, "service-2")
    operations = {name: _operation(model["operations"][name]) for name in sorted(OPERATIONS[service])}
    reached: dict[str, dict[str, Any]] = {}
    waiting = [name for operation in operations.values() for name in _named(operation)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = _shape(model["shapes"][name])
            waiting += [reference["shape"] for reference in _references(reached[name])]
    return {
        "metadata": {key: model["metadata"][key] for key in METADATA},
        "operations": operations,
        "shapes": {name: reached[name] for name in sorted(reached)},
    }


def text(document: dict[str, Any]) -> str:
    """The slice as it is packaged: compact, a line for each operation and shape, so that a change reads well."""
    sections = []
    for section, content in document.items():
        lines = ",\n".join(f"{json.dumps(key)}:{_compact(value)}" for key, value in content.items())
        sections.append(f"{json.dumps(section)}:{{\n{lines}\n}}")
    return "{" + ",".join(sections) + "}\n"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "input": operation["input"]["shape"],
        "output": operation["output"]["shape"],
        "errors": sorted(error["shape"] for error in operation.get("errors", [])),
    }


def _named(operation: dict[str, Any]) -> list[str]:
    return [operation["input"], operation["output"], *operation["errors"]]


def _shape(shape: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: shape[key] for key in SHAPE if key in shape}
    if "members" in shape:
        kept["members"] = {name: _reference(member) for name, member in shape["members"].items()}
    for key in ("member", "key", "value"):
        if key in shape:
            kept[key] = _reference(shape[key])
    return kept


def _reference(reference: dict[str, Any]) -> dict[str, Any]:
    return {key: reference[key] for key in REFERENCE if key in reference}


def _references(shape: dict[str, Any]) -> list[dict[str, Any]]:
    return [*shape.get("members", {}).values(), *(shape[key] for key in ("member", "key", "value") if key in shape)]


def main() -> None:
    MODEL.mkdir(parents=True, exist_ok=True)
    for service in OPERATIONS:
        document = cut(service)
        (MODEL / f"{service}.json").write_text(text(document), encoding="utf-8")
        print(f"{service}: {len(document['operations'])} operations, {len(document['shapes'])} shapes")


if __name__ == "__main__":
    main()
