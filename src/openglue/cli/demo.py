"""`openglue demo`: a real Glue job over real data, driven by boto3, with every call that it takes.

It runs on the flights of January, then February's come, and by its bookmark it reads those alone.
"""

from __future__ import annotations

import json
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from openglue.cli import bookmarks_shown, flights
from openglue.cli.advice import advice
from openglue.cli.failure import CommandError, RefusedError, UnreachableError
from openglue.cli.follow import TERMINAL, Log
from openglue.cli.options import application
from openglue.cli.screen import INDENT, Screen, call_text
from openglue.cli.service import Service
from openglue.clients import Connection, NoServiceError, StartError, answers, connect
from openglue.config import Config, ConfigError, load

BUCKET = "flights"
RAW = f"s3://{BUCKET}/raw/"
#: Folder of the flights' csv files, one for each month.
MONTHLY = "raw/flights/"
RESULT = f"s3://{BUCKET}/delays/"
REPORT = f"s3://{BUCKET}/report/months.csv"

#: Seconds for a run to end by itself; it is stopped then.
RUN_DEADLINE_S = 600.0
#: Seconds for a stopped one.
STOP_DEADLINE_S = 60.0
POLL_S = 0.2
#: Lines of its log that are shown of a run that failed.
LAST_LINES = 20
#: Characters of the bar of an airline that is always late, and of the longest one that is shown.
BAR, LONGEST_BAR = 14, 6

app = application()


@dataclass(frozen=True, kw_only=True)
class Job:
    name: str
    script: str
    #: Members of CreateJob beside Name, Role and the script's location.
    command: Mapping[str, Any]
    members: Mapping[str, Any]


DELAYS = Job(
    name="flights-delays",
    script="flights_job.py",
    command={"Name": "glueetl"},
    members={
        "GlueVersion": "5.1",
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
        "Timeout": 10,
        "DefaultArguments": {
            "--source": RAW,
            "--target": RESULT,
            "--job-bookmark-option": "job-bookmark-enable",
        },
    },
)
MONTHS = Job(
    name="flights-report",
    script="report_job.py",
    command={"Name": "pythonshell", "PythonVersion": "3.9"},
    members={
        "MaxCapacity": 0.0625,
        "Timeout": 10,
        "DefaultArguments": {"--source": f"{RESULT}by_month/", "--target": REPORT},
    },
)


@app.command()
def demo(
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Run it on the service of this data directory, and on no other."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Go on serving when it is done, until Ctrl-C, to look around.")
    ] = False,
) -> None:
    """Run a real Glue job through boto3: who was late out of New York City in January 2013, and then in February.

    Uses the service that answers, or starts one for as long as this command runs. What it makes stays there: the
    bucket `flights` and the jobs flights-delays and flights-report. Again, it makes them anew.
    """
    # Like Ctrl-C, so that a run is stopped and not left to itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = _settings()
    screen = Screen()
    screen.title("OpenGlue demo", "the flights that left New York City in January and February 2013: who was late?")
    with _service(data) as connection, _in_a_sentence():
        screen.step("A service that speaks Glue and S3")
        _introduce(screen, connection)
        _prepare(screen, settings)
        Demo(screen, connection, settings).run()
        goes_on = keep or not connection.started
        script, arguments = flights.scripts() / DELAYS.script, {"source": RAW, "target": f"s3://{BUCKET}/mine/"}
        screen.commands("Try next", advice(DELAYS.name, script, arguments, data, is_served=goes_on))
        if keep and connection.started:
            _keep(screen, connection)


class Demo:
    def __init__(self, screen: Screen, connection: Connection, settings: Config) -> None:
        self._screen = screen
        self._settings = settings
        self._service = Service(connection.url)
        self._glue = connection.client("glue")
        self._s3 = connection.client("s3")

    def run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="openglue-demo-") as name:
            folder = Path(name)
            self._screen.step("January's flights and the scripts go to S3")
            source = self._upload(folder)
            self._screen.step("A PySpark job reads csv, joins, and writes partitioned Parquet")
            self._create(DELAYS)
            first = self._run(DELAYS)
            self._screen.step("Its record and its result")
            self._screen.record(first)
            self._show_result()
            self._screen.step("February's flights come: by its bookmark the job reads those alone")
            self._put(flights.month(source, 2, folder), MONTHLY)
        self._preview()
        second = self._run(DELAYS)
        self._show_bookmark()
        self._screen.step("A Python shell job makes a report of both months")
        self._create(MONTHS)
        third = self._run(MONTHS)
        self._screen.console.print()
        for run in (first, second, third):
            self._screen.ended("SUCCEEDED", run["JobName"], run["Id"], _seconds(run))

    def _call(self, client: str, method: str, **arguments: Any) -> Any:
        """Call boto3, and show it."""
        self._screen.call(call_text(client, method, arguments, self._screen.console.width - INDENT))
        return getattr({"glue": self._glue, "s3": self._s3}[client], method)(**arguments)

    def _upload(self, folder: Path) -> Path:
        """Put all in place but February; the folder of the data."""
        # The bucket may be there from the demo before, and what it has left.
        with suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
            self._call("s3", "create_bucket", Bucket=BUCKET)
        for item in self._s3.list_objects_v2(Bucket=BUCKET, Prefix=MONTHLY).get("Contents", []):
            self._call("s3", "delete_object", Bucket=BUCKET, Key=item["Key"])
        with self._screen.moving() as line:
            line.now("looking for the data")
            source = flights.data(self._settings.cache, _uv(), line.now)
            line.now("uploading")
            self._put(flights.month(source, 1, folder), MONTHLY)
            for table in flights.TABLES:
                self._put(source / table, "raw/")
            for job in (DELAYS, MONTHS):
                self._put(flights.scripts() / job.script, "scripts/")
        return source

    def _put(self, file: Path, folder: str) -> None:
        key = f"{folder}{file.name}"
        self._screen.call(f's3.upload_file("{file.name}", "{BUCKET}", "{key}")')
        self._s3.upload_file(str(file), BUCKET, key)

    def _create(self, job: Job) -> None:
        definition = {
            "Role": "arn:aws:iam::000000000000:role/demo",
            "Command": {**job.command, "ScriptLocation": f"s3://{BUCKET}/scripts/{job.script}"},
            **job.members,
        }
        try:
            self._call("glue", "create_job", Name=job.name, **definition)
        except self._glue.exceptions.AlreadyExistsException:
            # From the demo before: the job is made to be this one, and has read nothing yet.
            self._screen.call(f'glue.update_job(JobName="{job.name}", JobUpdate={{...}})')
            self._glue.update_job(JobName=job.name, JobUpdate=definition)
            with suppress(self._glue.exceptions.EntityNotFoundException):
                self._call("glue", "reset_job_bookmark", JobName=job.name)

    def _run(self, job: Job) -> dict[str, Any]:
        """Run the job, follow it; its last record. Raises CommandError if it did not succeed."""
        run_id = self._call("glue", "start_job_run", JobName=job.name)["JobRunId"]
        try:
            run, lines = self._follow(job.name, run_id)
        except KeyboardInterrupt:
            self._stop(job.name, run_id)
            raise
        if run["JobRunState"] != "SUCCEEDED":
            self._screen.console.print()
            self._screen.ended(run["JobRunState"], job.name, run_id, _seconds(run))
            self._screen.say("the last lines of its log:")
            self._screen.wrote(lines[-LAST_LINES:])
            raise CommandError(run.get("ErrorMessage") or f"the run ended {run['JobRunState']}")
        return run

    def _follow(self, job: str, run_id: str) -> tuple[dict[str, Any], list[str]]:
        """Show what the run writes until it has ended; its last record and its whole log."""
        deadline = time.monotonic() + RUN_DEADLINE_S
        run = self._call("glue", "get_job_run", JobName=job, RunId=run_id)["JobRun"]
        log = Log(self._service, run)
        said: list[str] = []
        with self._screen.moving() as line:
            while True:
                # The state first: what a run that has ended wrote is all in its log.
                run = self._glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
                line.now(run["JobRunState"])
                lines = log.read()
                said += [entry.text for entry in lines]
                self._screen.wrote([entry.text for entry in lines if entry.stream == "output"])
                line.last(said[-1] if said else run.get("StateDetail", ""))
                if not lines and run["JobRunState"] in TERMINAL:
                    return run, said
                if time.monotonic() > deadline:
                    self._stop(job, run_id)
                    raise CommandError(f"the run {run_id} did not end within {RUN_DEADLINE_S:.0f} s and was stopped")
                time.sleep(POLL_S)

    def _stop(self, job: str, run_id: str) -> None:
        self._screen.say("stopping the run")
        self._glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
        deadline = time.monotonic() + STOP_DEADLINE_S
        while time.monotonic() < deadline:
            if self._glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"] in TERMINAL:
                return
            time.sleep(POLL_S)

    def _preview(self) -> None:
        """Say what the next run would read."""
        self._screen.call(f"openglue bookmarks preview {DELAYS.name}")
        told = self._service.own("PreviewJobBookmark", JobName=DELAYS.name)
        lines = [line for context in told["Contexts"] for line in bookmarks_shown.preview(context)]
        self._screen.wrote([Text.from_ansi(line).plain for line in lines])

    def _show_bookmark(self) -> None:
        entry = self._call("glue", "get_job_bookmark", JobName=DELAYS.name)["JobBookmarkEntry"]
        self._screen.say(f"version {entry['Version']}: {entry['Run'] - 1} runs have committed what they read")

    def _show_result(self) -> None:
        prefix = "delays/by_airline/"
        found = self._call("s3", "list_objects_v2", Bucket=BUCKET, Prefix=prefix)["Contents"]
        lines: list[str] = []
        for item in found:
            body = self._call("s3", "get_object", Bucket=BUCKET, Key=item["Key"])["Body"]
            lines += body.read().decode().splitlines()
        self._screen.console.print()
        self._screen.table(
            ["Airline", "Flights", "Cancelled", "Departs", "Arrives", "Late %", ""],
            [_row(json.loads(line)) for line in lines],
        )
        self._screen.say("Minutes after its time, on average; late is more than 15 minutes at arrival.", "dim")


def _row(airline: Mapping[str, Any]) -> list[str]:
    late = airline["late_percent"]
    return [
        airline["airline"],
        f"{airline['flights']:,}",
        f"{airline['cancelled']:,}",
        f"{airline['departure_delay']:+.1f}",
        f"{airline['arrival_delay']:+.1f}",
        f"{late:.1f}",
        "▇" * min(round(late * BAR / 100), LONGEST_BAR),
    ]


def _seconds(run: Mapping[str, Any]) -> float:
    """From StartJobRun to the end."""
    return float((run["CompletedOn"] - run["StartedOn"]).total_seconds())


def _introduce(screen: Screen, connection: Connection) -> None:
    if connection.started:
        screen.say(f"started for this demo at {connection.url}")
    else:
        screen.say(f"it was running already, at {connection.url}")
    for client in ("glue", "s3"):
        screen.call(f'{client} = boto3.client("{client}", endpoint_url="{connection.url}")')


def _prepare(screen: Screen, settings: Config) -> None:
    """Install the runtimes that the two jobs need, once: a run would do it by itself, but show less of it."""
    from openglue.model.profiles import resolve
    from openglue.runtimes import Runtimes

    runtimes = Runtimes(settings.cache, _uv())
    for job in (DELAYS, MONTHS):
        profile = resolve(
            job.command["Name"], job.members.get("GlueVersion"), None, None, settings.default_glue_version
        ).profile
        if runtimes.find(profile.name) is None:
            with screen.moving() as line:
                line.now(f"installing the runtime {profile.name}, once (~{profile.download_mb} MB)")
                runtimes.install(profile.name, line.now)


def _keep(screen: Screen, connection: Connection) -> None:
    screen.console.print()
    screen.say(f"serving at {connection.url}; Ctrl-C ends it", "bold")
    # Its user ends it; a service that ends by itself is not waited for.
    with suppress(KeyboardInterrupt):
        while answers(connection.url):
            time.sleep(1)


def _settings() -> Config:
    try:
        return load()
    except ConfigError as error:
        raise RefusedError(str(error)) from error


def _uv() -> Path:
    from uv import find_uv_bin

    return Path(find_uv_bin())


@contextmanager
def _service(data: Path | None) -> Iterator[Connection]:
    """The service that answers, or an embedded one for as long as this lasts."""
    try:
        connection = connect(data)
    except NoServiceError as error:
        raise UnreachableError(str(error)) from error
    except StartError as error:
        raise CommandError(str(error)) from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What boto3 and an installation raise, for the user."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    from openglue.runtimes import InstallError

    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError, InstallError) as error:
        raise CommandError(str(error)) from error
