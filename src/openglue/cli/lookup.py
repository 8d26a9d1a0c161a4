"""Which run is meant: by its id, the beginning of its id, or `latest`."""

from __future__ import annotations

import re
from typing import Any

from openglue.cli.display import ATTEMPT, short
from openglue.cli.failure import CommandError, RefusedError
from openglue.cli.follow import note
from openglue.cli.service import Service

LATEST = "latest"
#: Names the first attempt, whose own id has no such end.
FIRST = f"{ATTEMPT}0"
#: Hex digits of a whole run id, after `jr_`.
DIGITS = 64
#: As many runs as FindJobRuns answers with; there may be more then.
MOST = 100

#: `jr_`, digits, and for a retry which attempt it is: whole, or with some of its digits only.
_NAMED = re.compile(rf"(?:jr_)?([0-9a-f]{{0,{DIGITS}}})({ATTEMPT}[0-9]+)?")


def find_run(service: Service, run: str, job: str | None) -> dict[str, Any]:
    """The JobRun that `run` names, of `job` or of any job. Raises CommandError when there is none or no single one.

    A whole id is one run. The beginning of an id means the newest attempt of the one run whose id begins so, or the
    attempt that it names: `jr_0123_attempt_2`, and for the first one `jr_0123_attempt_0`.
    """
    if run == LATEST:
        return _latest(service, job)
    named = _NAMED.fullmatch(run)
    if named is None or run in ("", "jr_" + ATTEMPT):
        raise _none(run)
    digits, attempt = named[1], named[2] or ""
    listed = service.own("FindJobRuns", RunIdPrefix=f"jr_{digits}")["JobRuns"]
    found = [record for record in listed if job is None or record["JobName"] == job]
    if attempt or len(digits) == DIGITS:
        found = [record for record in found if _attempt(record) == attempt.removesuffix(FIRST)]
    firsts = {record["Id"].partition(ATTEMPT)[0] for record in found}
    if len(firsts) > 1:
        names = ", ".join(sorted({short(record["Id"]) for record in found})[:5])
        count = f"{MOST} or more" if len(listed) >= MOST else str(len(firsts))
        raise RefusedError(f"{count} runs have ids that begin with {run}: {names}")
    if not found:
        raise _none(run) if len(digits) < DIGITS else CommandError(f"there is no run {run}{_of(job)}")
    newest: dict[str, Any] = max(found, key=lambda record: int(_attempt(record).removeprefix(ATTEMPT) or 0))
    if len(found) > 1:
        first = f"{short(newest['Id']).partition(ATTEMPT)[0]}{FIRST}"
        note(f"{run} was tried {len(found)} times; this is {short(newest['Id'])}, the newest ({first} is the first)")
    return newest


def _latest(service: Service, job: str | None) -> dict[str, Any]:
    newest: list[dict[str, Any]] = service.own("ListJobRuns", JobName=job, MaxResults=1)["JobRuns"]
    if not newest:
        raise CommandError("there is no run yet" if job is None else f"job {job} has no run yet")
    return newest[0]


def _attempt(record: dict[str, Any]) -> str:
    """`_attempt_2` of a retry's id, "" of a first attempt's."""
    _, mark, number = record["Id"].partition(ATTEMPT)
    return f"{mark}{number}"


def _none(run: str) -> CommandError:
    return CommandError(f"no run's id begins with {run}; `openglue runs ls` lists them")


def _of(job: str | None) -> str:
    return "" if job is None else f" of job {job}"
