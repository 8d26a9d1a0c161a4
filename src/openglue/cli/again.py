"""`openglue runs rerun`: another run of a run that has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openglue.cli.attend import LONGEST_MINUTES, attend, debug, interruptible, start
from openglue.cli.display import short
from openglue.cli.follow import Printer, note
from openglue.cli.history import fetch
from openglue.cli.service import Service
from openglue.cli.terminal import Terminal
from openglue.model.arguments import KEEP_WORKSPACE, TERMINAL, repeatable


def rerun(
    service: Service, run: Mapping[str, Any], *, debugged: bool, keep: bool, timeout: int | None
) -> dict[str, Any]:
    """Start it again, in this terminal if `debugged`, and stay with the new run; its last record.

    Raises ServiceError.
    """
    arguments = repeatable(run.get("Arguments", {})) | ({KEEP_WORKSPACE: "true"} if keep else {})
    with interruptible():
        if not debugged:
            return attend(service, _start(service, run, arguments, timeout), Printer())
        with Terminal() as terminal:
            arguments[TERMINAL] = terminal.path
            return debug(service, _start(service, run, arguments, timeout or LONGEST_MINUTES), terminal)


def _start(
    service: Service, run: Mapping[str, Any], arguments: Mapping[str, str], timeout: int | None
) -> dict[str, Any]:
    started = start(service, run["JobName"], arguments=arguments, timeout=timeout, again=run["Id"])
    if fetch(service, run["Id"]).definition != fetch(service, started["Id"]).definition:
        ids = f"{short(run['Id'])} {short(started['Id'])}"
        note(f"its job has changed since: `openglue runs diff {ids}` says in what")
    return started
