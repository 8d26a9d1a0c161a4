"""`openglue demo` as a newcomer runs it, and whether what it says of the flights is true."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from uv import find_uv_bin

from openglue.cli import flights
from openglue.config import default_cache
from openglue.runtimes import Runtimes

pytestmark = [pytest.mark.spark, pytest.mark.timeout(400)]

SHOW = (
    "import json, sys, pandas; print(pandas.read_parquet(sys.argv[1]).astype({'month': int}).to_json(orient='records'))"
)


@dataclass
class Tally:
    """Flights counted without Spark, pandas or Glue."""

    flights: int = 0
    departure: list[int] = field(default_factory=list)
    arrival: list[int] = field(default_factory=list)

    def count(self, row: dict[str, str]) -> None:
        self.flights += 1
        if row["dep_delay"] != "NA":
            self.departure.append(int(row["dep_delay"]))
        if row["arr_delay"] != "NA":
            self.arrival.append(int(row["arr_delay"]))

    def expected(self) -> dict[str, Any]:
        return {
            "flights": self.flights,
            "cancelled": self.flights - len(self.departure),
            "departure_delay": pytest.approx(sum(self.departure) / len(self.departure), abs=0.00501),
            "arrival_delay": pytest.approx(sum(self.arrival) / len(self.arrival), abs=0.00501),
            "late_percent": pytest.approx(
                100 * sum(delay > 15 for delay in self.arrival) / len(self.arrival), abs=0.0501
            ),
        }


Truth = dict[tuple[str, str], Tally]
#: Months of the demo.
MONTHS = ("1", "2")


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Tallies by carrier and month, of the whole year."""
    tallies: Truth = defaultdict(Tally)
    source = flights.data(default_cache(), Path(find_uv_bin()), print)
    with zipfile.ZipFile(source / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        for row in csv.DictReader(io.TextIOWrapper(file)):
            tallies[row["carrier"], row["month"]].count(row)
    return tallies


def run_demo(data: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "openglue.cli", "demo", "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=data.parent,
        env={**os.environ, **environ},
    )


@dataclass(frozen=True)
class Ran:
    data: Path
    result: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    data = tmp_path_factory.mktemp("demo") / "data"
    return Ran(data, run_demo(data))


def months(data: Path) -> list[dict[str, Any]]:
    """The airlines' months, read from Parquet by the Python of a runtime, not by the service that wrote them."""
    runtime = Runtimes(default_cache(), Path(find_uv_bin())).install("glue-5.1", print)
    folder = data / "s3/flights/delays/by_month"
    answer = subprocess.run(
        [runtime.python, "-c", SHOW, folder], capture_output=True, text=True, check=True, timeout=60
    )
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def measures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("flights", "cancelled", "departure_delay", "arrival_delay", "late_percent")}


def test_the_demo_succeeds_and_shows_its_runs_and_their_record(ran: Ran) -> None:
    output = ran.result.stdout
    assert ran.result.returncode == 0, output + ran.result.stderr
    ids = re.findall(r"^SUCCEEDED  flights-(?:delays|report) in .*\n +(jr_[0-9a-f]{64})$", output, re.MULTILINE)
    assert len(ids) == 3
    assert f'"Id": "{ids[0]}"' in output
    assert '"JobRunState": "SUCCEEDED"' in output
    assert 'glue.start_job_run(JobName="flights-delays")' in output
    assert "\033" not in output, "without a terminal there is nothing but text"


def test_january_is_read_first_then_february_alone(ran: Ran, truth: Truth) -> None:
    january, february = (sum(tally.flights for (_, of), tally in truth.items() if of == month) for month in ("1", "2"))
    before, _, after = ran.result.stdout.partition("February's flights come")
    assert re.findall(r"│ (.* flights of month \d+)$", before, re.MULTILINE) == [f"{january:,} flights of month 1"]
    assert re.findall(r"│ (.* flights of month \d+)$", after, re.MULTILINE) == [f"{february:,} flights of month 2"]
    assert re.search(
        r"│ flights  reads 1 file, 2.3 MB\n +│ +s3://flights/raw/flights/2013-02.csv  ", after, re.MULTILINE
    ), "the preview says so before the run"
    assert "version 4: 2 runs have committed what they read" in after


def test_every_month_of_every_airline_is_what_a_plain_count_says(ran: Ran, truth: Truth) -> None:
    found = {(row["carrier"], str(row["month"])): measures(row) for row in months(ran.data)}
    assert found == {
        key: tally.expected() for key, tally in truth.items() if key[1] in MONTHS and tally.departure and tally.arrival
    }


def test_every_airlines_january_is_in_the_table(ran: Ran, truth: Truth) -> None:
    for tally in (tally for (_, month), tally in truth.items() if month == "1"):
        expected = tally.expected()
        assert re.search(rf" {expected['flights']:,} +{expected['cancelled']} +[+-]", ran.result.stdout)


def test_the_airlines_file_is_of_the_last_run(ran: Ran, truth: Truth) -> None:
    [file] = (ran.data / "s3/flights/delays/by_airline").glob("*.json")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert {row["carrier"]: measures(row) for row in rows} == {
        carrier: tally.expected() for (carrier, month), tally in truth.items() if month == "2"
    }


def test_the_result_is_partitioned_by_month_on_disk(ran: Ran) -> None:
    folder = ran.data / "s3/flights/delays/by_month"
    partitions = {child.name: [file.suffix for file in child.iterdir()] for child in folder.iterdir() if child.is_dir()}
    assert partitions == {f"month={month}": [".parquet"] for month in MONTHS}


def test_the_report_has_each_months_flights_and_its_best_and_worst_airline(ran: Ran, truth: Truth) -> None:
    with (ran.data / "s3/flights/report/months.csv").open(newline="") as file:
        report = list(csv.DictReader(file))
    assert [row["month"] for row in report] == list(MONTHS)
    for row in report:
        airlines = {key[0]: tally for key, tally in truth.items() if key[1:] == (row["month"],)}
        assert int(row["flights"]) == sum(tally.flights for tally in airlines.values())
        delays = [sum(tally.arrival) / len(tally.arrival) for tally in airlines.values() if tally.flights >= 100]
        assert int(row["earliest"].rpartition(" ")[2]) == pytest.approx(min(delays), abs=0.51)
        assert int(row["latest"].rpartition(" ")[2]) == pytest.approx(max(delays), abs=0.51)


def test_it_leaves_no_process_behind(ran: Ran, wait_for: Callable[..., Any]) -> None:
    def is_quiet() -> bool:
        return not [p for p in psutil.process_iter(["cmdline"]) if str(ran.data) in " ".join(p.info["cmdline"] or ())]

    wait_for(is_quiet, what="the end of the service and its runs")


def test_again_it_does_the_same_and_replaces_the_result(ran: Ran) -> None:
    again = run_demo(ran.data)
    assert again.returncode == 0, again.stdout + again.stderr
    assert sum(row["flights"] for row in months(ran.data)) == 27_004 + 24_951
    assert "│ flights  reads 1 file" in again.stdout


def test_a_run_that_fails_ends_it_with_the_reason_and_the_last_lines_of_the_log(tmp_path: Path) -> None:
    result = run_demo(tmp_path / "data", OPENGLUE_SPARK_MASTER="no-such-master")
    assert result.returncode == 1
    assert re.search(r"^FAILED  flights-delays in .*\n +jr_[0-9a-f]{64}$", result.stdout, re.MULTILINE)
    assert re.search(r"^ +│ .*no-such-master", result.stdout, re.MULTILINE), "the log says why"
    assert re.fullmatch(r"openglue: .*Java gateway process exited.*\n", result.stderr), "the run's ErrorMessage"


def test_a_service_that_does_not_answer_is_named(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "openglue.cli", "demo"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "OPENGLUE_ENDPOINT": "http://127.0.0.1:9"},
    )
    assert result.returncode == 3
    assert "no service answers at http://127.0.0.1:9" in result.stderr
