"""The cases of a test file run in one program with one Spark session, in the environment that jobs run in; this side
starts it and takes its report apart."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from openglue.config import default_cache
from openglue.runtimes.jvm import archive_options
from openglue.runtimes.library import WORKERS
from openglue.runtimes.runtimes import Runtimes
from openglue.s3.spark import settings as s3_settings

from .lake import BUCKET

ROOT = Path(__file__).parents[3]
#: Seconds for all cases of a file together, Spark's start among them, on a machine that is busy otherwise.
DEADLINE_S = 900


@dataclass(frozen=True, kw_only=True)
class Report:
    #: What went wrong, by case; empty for a case that passed.
    faults: dict[str, str]
    #: How the program ended, for cases that it never came to.
    end: str

    def check(self, case: str) -> None:
        fault = self.faults.get(case, self.end)
        assert not fault, fault


def _interpreter() -> tuple[Path, dict[str, str], list[str]]:
    """The Python that jobs run with, its environment, and options by which its Java starts sooner."""
    chosen = os.environ.get("OPENGLUE_TEST_PYTHON")
    if chosen:
        return Path(chosen), {}, []
    cache = Path(os.environ.get("OPENGLUE_CACHE") or default_cache())
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    runtime = Runtimes(cache, Path(uv)).find("glue-5.1")
    if runtime is None or runtime.java is None:
        pytest.fail("the glue-5.1 runtime is not installed: run `openglue runtime install glue-5.1`")
    return runtime.python, {"JAVA_HOME": str(runtime.java.home)}, archive_options(runtime)


def _as_client_of(service: str) -> dict[str, str]:
    """The variables by which AWS clients call a service of ours."""
    secrets = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    return {"AWS_ENDPOINT_URL": service, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", **secrets}


@pytest.fixture(scope="module")
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    wanted = [item.callspec.params["case"] for item in request.session.items if item.module is request.module]
    work = tmp_path_factory.mktemp("formats")
    buckets = work / "s3"
    (buckets / BUCKET).mkdir(parents=True)
    python, environment, archive = _interpreter()
    # Servers are started for cases that want them.
    wants_databases = any(case.startswith("jdbc") or "in_a_database" in case for case in wanted)
    databases = request.getfixturevalue("databases") if wants_databases else {}
    wants_catalog = any(case.startswith("catalog") for case in wanted)
    service = _as_client_of(request.getfixturevalue("openglue").url) if wants_catalog else {}
    settings = {
        **s3_settings(buckets),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": " ".join(
            [
                # For a few minutes with little data, the better compiler costs more than it brings.
                *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *archive),
                *(f"-Djava.io.tmpdir={work}", f"-Dderby.stream.error.file={work}/derby.log"),
            ]
        ),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(work / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.daemon.module": WORKERS,
    }
    answers, log = work / "report", work / "log"
    with log.open("wb") as out:
        done = subprocess.run(
            [python, "-m", "tests.contract.formats.program", answers, buckets],
            input=json.dumps(
                {"cases": wanted, "settings": settings, "databases": databases, "service": service}
            ).encode(),
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            timeout=DEADLINE_S,
            check=False,
            env={
                **os.environ,
                **environment,
                "PYSPARK_PYTHON": str(python),
                "PYTHONPATH": str(ROOT / "libs" / "awsglue" / "src"),
                "SPARK_LOCAL_DIRS": str(work),
                "SPARK_LOCAL_IP": "127.0.0.1",
                "TZ": "UTC",
            },
        )
    lines = answers.read_text().splitlines() if answers.exists() else []
    results = [json.loads(line) for line in lines]
    return Report(
        faults={result["case"]: result["fault"] for result in results},
        end=f"the program ended with {done.returncode}:\n{log.read_text(errors='replace')[-4000:]}",
    )
