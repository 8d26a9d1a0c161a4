"""Which run is meant: by its id, the beginning of its id, or `latest`."""

from __future__ import annotations

import re
from typing import Any

from openglue.cli.display import short
from openglue.cli.failure import CommandError, RefusedError
from openglue.cli.follow import note
from openglue.cli.service import Service
from openglue.model.retry import first_id

LATEST = "latest"
#: Names the first attempt, whose own id has no such end.
FIRST = "_attempt_0"
#: Hex digits of a whole run id, after `jr_`.
DIGITS = 64
#: As many runs as FindJobRuns answers with; there may be more then.
MOST = 100

#: `jr_` and digits, whole or some only; then which retry it is, and which restart of that.
_NAMED = re.compile(rf"(?:jr_)?([0-9a-f]{{0,{DIGITS}}})((?:_attempt_([0-9]+))?(?:_restart_([0-9]+))?)")


def find_run(service: Service, run: str, job: str | None) -> dict[str, Any]:
    """The JobRun that `run` names, of `job` or of any job. Raises CommandError when there is none or no single one.

    A whole id is one run. The beginning of an id means the newest attempt of the one run whose id begins so, or the
    attempt that it names: `jr_0123_attempt_2`, and for the first one `jr_0123_attempt_0`. A restart is an attempt, too.
    """
    if run == LATEST:
        return _latest(service, job)
    named = _NAMED.fullmatch(run)
    if named is None or not run:
        raise _none(run)
    digits, end = named[1], named[2]
    listed = service.own("FindJobRuns", RunIdPrefix=f"jr_{digits}")["JobRuns"]
    found = [record for record in listed if job is None or record["JobName"] == job]
    if end or len(digits) == DIGITS:
        found = [record for record in found if _place(record) == _numbers(named)]
    firsts = {first_id(record["Id"]) for record in found}
    if len(firsts) > 1:
        names = ", ".join(sorted({short(record["Id"]) for record in found})[:5])
        count = f"{MOST} or more" if len(listed) >= MOST else str(len(firsts))
        raise RefusedError(f"{count} runs have ids that begin with {run}: {names}")
    if not found:
        raise _none(run) if len(digits) < DIGITS else CommandError(f"there is no run {run}{_of(job)}")
    newest: dict[str, Any] = max(found, key=_place)
    if len(found) > 1:
        first = f"{first_id(short(newest['Id']))}{FIRST}"
        note(f"{run} was tried {len(found)} times; this is {short(newest['Id'])}, the newest ({first} is the first)")
    return newest


def _latest(service: Service, job: str | None) -> dict[str, Any]:
    newest: list[dict[str, Any]] = service.own("ListJobRuns", JobName=job, MaxResults=1)["JobRuns"]
    if not newest:
        raise CommandError("there is no run yet" if job is None else f"job {job} has no run yet")
    return newest[0]


def _place(record: dict[str, Any]) -> tuple[int, int]:
    """Which retry a run is, and which restart of that; 0 for none."""
    named = _NAMED.fullmatch(record["Id"])
    assert named is not None  # noqa: S101 - it is how the service makes ids
    return _numbers(named)


def _numbers(named: re.Match[str]) -> tuple[int, int]:
    return int(named[3] or 0), int(named[4] or 0)


def _none(run: str) -> CommandError:
    return CommandError(f"no run's id begins with {run}; `openglue runs ls` lists them")


def _of(job: str | None) -> str:
    return "" if job is None else f" of job {job}"
