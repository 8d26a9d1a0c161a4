"""What decoding a request and encoding a result cost, beside botocore's validator in the same run."""

from __future__ import annotations

import json
import timeit
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from openglue.api import json_body
from openglue.api.aws_json import load_service
from openglue.api.guard import check

if TYPE_CHECKING:
    from collections.abc import Callable

START: dict[str, Any] = {
    "JobName": "nightly-orders",
    "Arguments": {"--day": "2026-01-31", "--source": "s3://bucket/in/", "--enable-metrics": ""},
    "Timeout": 60,
    "WorkerType": "G.1X",
    "NumberOfWorkers": 10,
}
GET = {"JobName": "nightly-orders", "RunId": "jr_" + "0123456789abcdef" * 4}
RUN = {
    "JobRun": {
        "Id": GET["RunId"],
        "Attempt": 0,
        "JobName": "nightly-orders",
        "JobMode": "SCRIPT",
        "JobRunQueuingEnabled": False,
        "StartedOn": 1602873931.255,
        "LastModifiedOn": 1602874075.985,
        "CompletedOn": 1602874075.985,
        "JobRunState": "SUCCEEDED",
        "Arguments": START["Arguments"],
        "PredecessorRuns": [],
        "AllocatedCapacity": 10,
        "ExecutionTime": 117,
        "Timeout": 60,
        "MaxCapacity": 10.0,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 10,
        "LogGroupName": "/aws-glue/jobs",
        "GlueVersion": "5.1",
        "ExecutionClass": "STANDARD",
    }
}
HEADERS = [
    (b"host", b"127.0.0.1:4566"),
    (b"accept-encoding", b"identity"),
    (b"x-amz-target", b"AWSGlue.StartJobRun"),
    (b"content-type", b"application/x-amz-json-1.1"),
    (b"user-agent", b"Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux md/arch#x86_64 lang/python#3.11.7 cfg/retry"),
    (b"x-amz-date", b"20260131T120000Z"),
    (b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260131/us-east-1/glue/aws4_request" + b"x" * 150),
    (b"amz-sdk-invocation-id", b"6c0f4f0e-0000-4000-8000-000000000000"),
    (b"amz-sdk-request", b"attempt=1"),
    (b"content-length", b"180"),
]


def microseconds(call: Callable[[], object], number: int = 20_000) -> float:
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6


def botocore_validate(model: ServiceModel, operation: str, body: bytes) -> None:
    shape = model.operation_model(operation).input_shape
    assert not ParamValidator().validate(json.loads(body), shape).has_errors()


def main() -> None:
    glue = load_service("glue")
    model = ServiceModel(Loader().load_service_model("glue", "service-2"), "glue")
    start, get, run = (glue.operations[name] for name in ("StartJobRun", "GetJobRun", "GetJobRun"))
    start_body, get_body = json.dumps(START).encode(), json.dumps(GET).encode()
    rows = [
        ("StartJobRun: load the body, hardened", lambda: json_body.load(start_body)),
        ("StartJobRun: json.loads", lambda: json.loads(start_body)),
        ("StartJobRun: decode (load, all constraints)", lambda: start.decode(start_body)),
        (
            "StartJobRun: json.loads + botocore (no max, enum, pattern)",
            lambda: botocore_validate(model, "StartJobRun", start_body),
        ),
        ("GetJobRun: decode", lambda: get.decode(get_body)),
        ("GetJobRun: json.loads + botocore", lambda: botocore_validate(model, "GetJobRun", get_body)),
        ("GetJobRun: encode a JobRun", lambda: run.encode(RUN)),
        ("GetJobRun: json.dumps", lambda: json.dumps(RUN)),
        ("guard: ten headers", lambda: check({"headers": HEADERS})),
    ]
    for words, call in rows:
        print(f"{words:60} {microseconds(call):8.2f} us")
    loading = microseconds(lambda: (load_service("glue"), load_service("logs")), 20) / 1000
    compiling = min(
        timeit.repeat(lambda: load_service("glue").operations["CreateJob"].decode(CREATE), number=1, repeat=5)
    )
    print(f"{'load both slices':60} {loading:8.2f} ms")
    print(f"{'load glue and decode a first CreateJob':60} {compiling * 1000:8.2f} ms")


CREATE = b'{"Name": "j", "Role": "r", "Command": {"Name": "glueetl"}}'


if __name__ == "__main__":
    main()
