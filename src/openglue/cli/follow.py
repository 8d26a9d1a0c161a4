"""Following a run: its log, its state, its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from openglue.cli import display
from openglue.cli.failure import ServiceError, UnreachableError
from openglue.cli.service import Service

#: The streams of a run, as CloudWatch's log groups end.
STREAMS = ("output", "error")
TERMINAL = frozenset({"STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"})

#: Seconds between two looks: short while something happens, longer while nothing does.
SHORTEST_S, LONGEST_S = 0.03, 0.5
#: Seconds for which a service may be away before following it is given up: it may be restarting.
AWAY_S = 60.0
#: Seconds for a run that was asked to stop to be terminal.
STOP_DEADLINE_S = 60.0
#: Pages of a stream that are read before the state is looked at again.
PAGES = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    #: Epoch milliseconds.
    timestamp: int
    #: One of STREAMS.
    stream: str
    text: str


class Log:
    """What a run has written, read once and in order."""

    def __init__(self, service: Service, run: Mapping[str, Any], streams: Sequence[str] = STREAMS) -> None:
        self._service = service
        self._group = run["LogGroupName"]
        self._run_id = run["Id"]
        self._tokens: dict[str, str | None] = dict.fromkeys(streams)

    def read(self) -> list[Line]:
        """What is new, merged by time; at most PAGES pages of each stream."""
        lines = [line for stream in self._tokens for line in self._new(stream)]
        return sorted(lines, key=lambda line: line.timestamp)

    def _new(self, stream: str) -> Iterator[Line]:
        for _ in range(PAGES):
            try:
                page = self._service.logs(
                    "GetLogEvents",
                    logGroupName=f"{self._group}/{stream}",
                    logStreamName=self._run_id,
                    startFromHead=True,
                    nextToken=self._tokens[stream],
                )
            except ServiceError as error:
                # The streams appear when user code starts, or something is said about the run.
                if error.shape != "ResourceNotFoundException":
                    raise
                return
            self._tokens[stream] = page["nextForwardToken"]
            if not page["events"]:
                return
            for event in page["events"]:
                yield Line(timestamp=event["timestamp"], stream=stream, text=event["message"])


@dataclass(frozen=True, kw_only=True)
class Printer:
    """Writes a run's lines: standard output to standard output, the rest to standard error."""

    #: Both to standard error: standard output is for something else.
    all_to_error: bool = False
    timestamps: bool = False

    def __call__(self, lines: Sequence[Line]) -> None:
        for line in lines:
            target = sys.stderr if self.all_to_error or line.stream == "error" else sys.stdout
            if self.timestamps:
                moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(line.timestamp / 1000))
                target.write(f"{moment}.{line.timestamp % 1000:03}Z ")
            # A lone surrogate, or a terminal that is not UTF-8, must not end the following.
            encoding = target.encoding or "utf-8"
            target.write(line.text.encode(encoding, "replace").decode(encoding) + "\n")
        if lines:
            sys.stdout.flush()
            sys.stderr.flush()


def follow(
    service: Service,
    run: Mapping[str, Any],
    log: Log,
    show: Callable[[Sequence[Line]], None],
    *,
    is_over: Callable[[], bool] = lambda: False,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Show what the run writes until it is terminal and its log is read to the end; its last record.

    `is_over` ends the following early, and so does `deadline` (monotonic seconds). A service that is away for less
    than AWAY_S is waited for: its runs go on without it. Raises UnreachableError after that.
    """
    pause = SHORTEST_S
    away_since: float | None = None
    detail = None
    record = dict(run)
    while not is_over() and (deadline is None or time.monotonic() < deadline):
        try:
            # The state first: what a run that has ended wrote is all in its log.
            record = service.glue("GetJobRun", JobName=run["JobName"], RunId=run["Id"])["JobRun"]
            lines = log.read()
            away_since = None
        except UnreachableError:
            away_since = _away(away_since)
            time.sleep(LONGEST_S)
            continue
        show(lines)
        if record.get("StateDetail") not in (None, detail):
            detail = record["StateDetail"]
            note(str(detail))
        if lines:
            pause = SHORTEST_S
            continue
        if record["JobRunState"] in TERMINAL:
            break
        time.sleep(pause)
        pause = min(pause * 1.3, LONGEST_S)
    return record


def stop(service: Service, run: Mapping[str, Any], log: Log, show: Callable[[Sequence[Line]], None]) -> dict[str, Any]:
    """Stop a run and follow it to its end; its last record. A run that has ended meanwhile stays as it is."""
    ask_stop(service, run)
    return follow(service, run, log, show, deadline=time.monotonic() + STOP_DEADLINE_S)


def ask_stop(service: Service, run: Mapping[str, Any]) -> str | None:
    """Ask for the stop of a run; the reason why it cannot be stopped, if so."""
    answer = service.glue("BatchStopJobRun", JobName=run["JobName"], JobRunIds=[run["Id"]])
    return next((str(error["ErrorDetail"]["ErrorMessage"]) for error in answer["Errors"]), None)


def note(text: str) -> None:
    """A line of ours, told apart from the script's own: dim, on standard error."""
    typer.secho(text, dim=True, err=True)


def summary(run: Mapping[str, Any]) -> str:
    """How a run ended, in a line and its ErrorMessage."""
    length = display.run_duration(run, time.time())
    details = typer.style(f"in {length}  {run['Id']}", dim=True)
    line = f"{display.state(run['JobRunState'])} {details}"
    return line if not run.get("ErrorMessage") else f"{line}\n{run['ErrorMessage']}"


def _away(since: float | None) -> float:
    now = time.monotonic()
    if since is None:
        note("the service is away; its runs go on, waiting for it")
        return now
    if now - since > AWAY_S:
        raise UnreachableError(
            f"the service has been away for {AWAY_S:.0f} s; follow the run later with `openglue logs`"
        )
    return since
