"""StartJobRun and GetJobRun, beside moto's server, measured in the same run.

Ours is durable before it answers (SQLite, synchronous=FULL) and starts real processes; while accepts are measured, no
slot is free on the machine, so that what is measured is the accept and not Python processes starting beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
#: Runs are spread over this many jobs, as a company's are.
JOBS = 100
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def call(port: int, operation: str, **body: object) -> dict[str, object]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", json.dumps(body).encode(), headers(operation))
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
        return json.load(answer)


def headers(operation: str) -> dict[str, str]:
    scope = "AKIAEXAMPLE/20260101/us-east-1/glue/aws4_request"
    return {
        "X-Amz-Target": f"AWSGlue.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    }


def measure(port: int, operation: str, connections: int, bodies: list[dict[str, object]]) -> dict[str, float]:
    requests = []
    for body in bodies:
        content = json.dumps(body)
        lines = [f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers(operation).items()]
        requests.append("\r\n".join(lines) + "\r\n\r\n" + content)
    with tempfile.NamedTemporaryFile("w") as file:
        json.dump(requests, file)
        file.flush()
        command = [sys.executable, HERE / "load.py", "127.0.0.1", str(port), str(connections), str(SECONDS), file.name]
        result = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    if result["failures"]:
        sys.exit(f"{operation}: {result['failures']} failures, {result['failure']}")
    return result


def wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit("the server ended at once")
        try:
            call(port, "ListJobs")
            return
        except (urllib.error.URLError, OSError, ValueError):
            time.sleep(0.05)
    sys.exit("the server did not answer")


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def bench(
    name: str, command: list[str], port: int, sleeper: Path, environment: dict[str, str]
) -> list[tuple[str, str, dict[str, float]]]:
    rows = []
    started: list[object] = []
    starts = [{"JobName": f"bench-{number}", "Arguments": {"--day": "2026-01-01"}} for number in range(JOBS)]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_ready(port, process)
        print(f"  {name}: {resident_mb(process.pid):.0f} MiB resident when idle", flush=True)
        job = {"Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": str(sleeper)}}
        job["ExecutionProperty"] = {"MaxConcurrentRuns": 1_000_000}
        for start in starts:
            call(port, "CreateJob", Name=start["JobName"], **job)
        run_id = call(port, "StartJobRun", **starts[0])["JobRunId"]
        started.append(run_id)
        for connections in (1, 8, 32):
            row = measure(port, "GetJobRun", connections, [{"JobName": starts[0]["JobName"], "RunId": run_id}])
            rows.append((name, f"GetJobRun, {connections} connections", row))
        for connections in (1, 8, 32):
            rows.append(
                (name, f"StartJobRun, {connections} connections", measure(port, "StartJobRun", connections, starts))
            )
    finally:
        # The sleeper outlives its server. moto runs nothing, and answers 500.
        with suppress(urllib.error.URLError):
            call(port, "BatchStopJobRun", JobName=starts[0]["JobName"], JobRunIds=started)
        process.terminate()
        process.wait(30)
    return rows


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        sleeper = Path(folder) / "sleeper.py"
        sleeper.write_text("import time\ntime.sleep(600)\n")
        port = free_port()
        command = [str(BIN / "openglue"), "serve", "--data", f"{folder}/data", "--port", str(port)]
        environment = {"OPENGLUE_PYTHONSHELL_SLOTS": "1"}
        # As far away as the job's own limit: what counts runs is measured too.
        environment |= {"OPENGLUE_ACCOUNT_RUNS": "1000000", "OPENGLUE_ACCOUNT_DPU": "1000000"}
        # The first run takes the only slot and keeps it: accepts are measured, not process starts.
        rows += bench("OpenGlue", command, port, sleeper, environment)
        port = free_port()
        command = [str(BIN / "moto_server"), "-p", str(port)]
        rows += bench("moto", command, port, sleeper, {"AWS_DEFAULT_REGION": "us-east-1"})
    print(f"\n{'':34}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for name, what, row in rows:
        print(f"{name:10}{what:24}{row['per_second']:>12.0f}{row['p50_ms']:>9.2f}{row['p99_ms']:>9.2f}")
    ours = {what: row["per_second"] for name, what, row in rows if name == "OpenGlue"}
    for name, what, row in rows:
        if name == "moto":
            print(f"{what}: {ours[what] / row['per_second']:.0f}x")


if __name__ == "__main__":
    main()
