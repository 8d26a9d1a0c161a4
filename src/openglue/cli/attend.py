"""Staying with a run that this command has started, from its start to its end, and never leaving it behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from openglue.cli.failure import CommandError, UnreachableError
from openglue.cli.follow import STOP_DEADLINE_S, TERMINAL, Line, Log, ask_stop, follow, note, stop, summary
from openglue.cli.service import Service, open_service
from openglue.cli.terminal import Terminal
from openglue.model.rules import TIMEOUT_BELOW

#: Minutes of a run that is debugged: a human is not hurried, and no Timeout may be longer.
LONGEST_MINUTES = TIMEOUT_BELOW - 1


def start(
    service: Service,
    job: str,
    *,
    arguments: Mapping[str, str],
    timeout: int | None,
    again: str | None = None,
    what: str = "run",
) -> dict[str, Any]:
    """Start a run, of a run that has ended (`again`) another one, and say so; its first record."""
    run_id = service.glue(
        "StartJobRun", JobName=job, JobRunId=again, Arguments=dict(arguments) or None, Timeout=timeout
    )["JobRunId"]
    started: dict[str, Any] = service.glue("GetJobRun", JobName=job, RunId=run_id)["JobRun"]
    note(f"{what} {run_id} of job {job}")
    return started


def attend(
    service: Service,
    started: Mapping[str, Any],
    show: Callable[[Sequence[Line]], None],
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Follow a run to its end, or until `is_over`, which stops it; its last record.

    Ctrl-C stops it and goes on upwards.
    """
    log = Log(service, started)
    with _ending(service, started, log, show):
        record = follow(service, started, log, show, is_over=is_over)
        if record["JobRunState"] not in TERMINAL:
            record = stop(service, record, log, show)
    return record


def debug(service: Service, started: Mapping[str, Any], terminal: Terminal) -> dict[str, Any]:
    """Lend a run the terminal, to its end; its last record."""
    # What it writes comes to the terminal.
    nothing, hide = Log(service, started, ()), _hide
    with _ending(service, started, nothing, hide):
        record = follow(service, started, nothing, hide, is_over=terminal.is_called)
        if terminal.is_called():
            terminal.lend()
            terminal.hang_up()
            record = follow(service, started, nothing, hide)
    return record


def _hide(_lines: Sequence[Line]) -> None:
    pass


@contextmanager
def _ending(
    service: Service, started: Mapping[str, Any], log: Log, show: Callable[[Sequence[Line]], None]
) -> Iterator[None]:
    """Stop the run when its attendant is interrupted, or has nobody to show it to."""
    try:
        yield
    except KeyboardInterrupt:
        # Asked for before anything is said: the terminal may be gone.
        ask_stop(service, started)
        note("stopping the run; Ctrl-C again does not wait for it")
        typer.echo(summary(follow(service, started, log, show, deadline=time.monotonic() + STOP_DEADLINE_S)), err=True)
        raise
    except OSError:
        # Nobody reads any more what the run writes, as with `| head`.
        ask_stop(service, started)
        raise


@contextmanager
def any_service(endpoint: str | None, data: Path | None) -> Iterator[Service]:
    """The service that answers, or an embedded one for as long as this lasts."""
    if endpoint is not None:
        yield open_service(endpoint, None)
        return
    from openglue.clients import NoServiceError, StartError, connect

    try:
        connection = connect(data)
    except NoServiceError as error:
        raise UnreachableError(str(error)) from error
    except StartError as error:
        raise CommandError(str(error)) from error
    try:
        if connection.started:
            note(f"no service answers: started one at {connection.url} until this command ends")
        yield Service(connection.url)
    finally:
        connection.close()


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM, and the end of the terminal, are a Ctrl-C: they stop the run as well."""
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP)
        # nohup has it ignored.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
