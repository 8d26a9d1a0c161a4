"""The JSON of a bookmark: JobBookmarkEntry, and what may stand in it.

A JobBookmark is a JSON string: an object for each transformation_ctx, with its jsonClass and with strings as values
(contract 7, observed). Whatever comes in, from a run's commit or from an export, is checked here. Sentences are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from openglue.errors import InvalidInputException
from openglue.model.bookmark import FIRST, Bookmark, Import

#: Bytes of a state, and of the sources beside it, that are kept at most.
MOST_BYTES = 1 << 20

ContextState = dict[str, str | dict[str, str]]
State = dict[str, ContextState]
Sources = dict[str, dict[str, Any]]

#: What a run here reads as a number: it has room in 64 bits.
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
#: How far past the service's clock the time of a state may lie, in milliseconds: clocks differ.
_MOST_AHEAD_MS = 300_000
#: Characters of the id of a run, and the greatest number of one.
_MOST_ID, _MOST_RUN = 255, 2**31 - 1
#: Times before it are damage, and may be no dates at all.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
#: What a source may be: where a run reads from, or numbers the rows of.
_SOURCES = ("s3", "jdbc", "relationalize")

_INCLUDED = re.compile(r"([0-9a-fA-F]{1,32}(,[0-9a-fA-F]{1,32})*)?")


def entry(job_name: str, bookmark: Bookmark) -> dict[str, Any]:
    """The JobBookmarkEntry structure; ids of runs that there are not are absent."""
    members = {
        "JobName": job_name,
        "Version": bookmark.version,
        "Run": bookmark.run,
        "Attempt": bookmark.attempt,
        "PreviousRunId": bookmark.previous_run_id,
        "RunId": bookmark.run_id,
        "JobBookmark": bookmark.state,
    }
    return {name: value for name, value in members.items() if value is not None}


def state_text(state: State) -> str:
    """A state as it is kept. Raises InvalidInputException for one that is not a state, or is too large."""
    for context, remembered in state.items():
        if not isinstance(remembered.get("jsonClass"), str):
            raise InvalidInputException(f"The bookmark of context {context!r} has no jsonClass")
    return _text("The state of a bookmark", state)


def sources_text(sources: Sources) -> str:
    """The sources as they are kept. Raises InvalidInputException for too many."""
    return _text("What is told of a bookmark's sources", sources)


def read_import(job_name: str, members: Mapping[str, Any], sources: str | None, *, now: int) -> Import:
    """Read an entry that was exported, here or from AWS, and is to become the bookmark of `job_name`.

    Its Version and Attempt do not matter: the versions of a job only rise. Raises InvalidInputException for one of
    another job, for one from which no run here could go on, and for one that is dated after `now` (epoch
    milliseconds), since runs would pass over what comes until then.
    """
    named = members.get("JobName", job_name)
    if named != job_name:
        raise InvalidInputException(
            f"The entry is of job {named}, not of {job_name}; without its JobName it can be imported all the same"
        )
    if "JobBookmark" not in members:
        raise InvalidInputException("The entry has no JobBookmark")
    state = _decode("JobBookmark", members["JobBookmark"], State)
    text = state_text(state)
    for context, remembered in state.items():
        kind = str(remembered["jsonClass"])
        check = _CLASSES.get(kind)
        if check is None:
            raise InvalidInputException(f"No run here can go on from context {context!r}: its jsonClass is {kind}")
        fault = check(remembered, now)
        if fault is not None:
            raise InvalidInputException(f"The {kind} of context {context!r} is damaged: {fault}")
    run = members.get("Run", FIRST.run)
    if not 0 <= run <= _MOST_RUN:
        raise InvalidInputException(f"The entry's Run is {run}: no run has that number")
    for name in ("RunId", "PreviousRunId"):
        length = len(members.get(name) or "")
        if length > _MOST_ID:
            raise InvalidInputException(
                f"The entry's {name} has {length} characters: no run's id has more than {_MOST_ID}"
            )
    return Import(
        run=run,
        run_id=members.get("RunId"),
        previous_run_id=members.get("PreviousRunId"),
        state=text,
        sources=None if sources is None else sources_text(_checked(_decode("Sources", sources, Sources))),
    )


def _checked(sources: Sources) -> Sources:
    """The sources, each of them of a kind that there is."""
    for context, source in sources.items():
        if source.get("kind") not in _SOURCES:
            raise InvalidInputException(f"The source of context {context!r} has no kind of {', '.join(_SOURCES)}")
        paths = source.get("paths", [])
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise InvalidInputException(f"The paths of the source of context {context!r} are no list of strings")
    return sources


def _files_fault(remembered: ContextState, now: int) -> str | None:
    """What is wrong with the state of a source of files."""
    seen = remembered.get("timestamps")
    if not isinstance(seen, dict):
        return "it has no timestamps"
    for name in ("RUN", "HIGH_BAND"):
        if not _NUMBER.fullmatch(seen.get(name, "0")):
            return f"{name} is no number of up to 18 digits"
    included = _INCLUDED.fullmatch(seen.get("INCLUDE_LIST", ""))
    return _time_fault(seen, now) or (None if included else "INCLUDE_LIST is no list of hashes")


def _time_fault(seen: Mapping[str, str], now: int) -> str | None:
    """What is wrong with the times that a state of files speaks of."""
    told = seen.get("CURR_RUN_START_TIME", "")
    try:
        listed = datetime.fromisoformat(told)
    except ValueError:
        listed = None
    if listed is None or listed.tzinfo is None:
        return "CURR_RUN_START_TIME is no time such as 2026-01-31T12:00:00.000Z"
    if listed < _EARLIEST:
        return f"CURR_RUN_START_TIME is {told}, when no run was"
    if listed > datetime.fromtimestamp((now + _MOST_AHEAD_MS) / 1000, UTC):
        return f"CURR_RUN_START_TIME is {told}, which is yet to come: files written before it would not be read"
    if int(seen.get("HIGH_BAND", "0")) > (listed - _EARLIEST) // timedelta(milliseconds=1):
        return f"HIGH_BAND goes back more than to the year {_EARLIEST.year}"
    return None


def _keys_fault(remembered: ContextState, _now: int) -> str | None:
    if not isinstance(remembered.get("keys"), dict) or not remembered["keys"]:
        return "it has no keys"
    return None if remembered.get("order", "asc") in ("asc", "desc") else "its order is neither asc nor desc"


def _ids_fault(remembered: ContextState, _now: int) -> str | None:
    ids = remembered.get("ids")
    if not isinstance(ids, dict):
        return "it has no ids"
    wrong = next((table for table, last in ids.items() if not _NUMBER.fullmatch(last)), None)
    return None if wrong is None else f"the id of {wrong!r} is no number of up to 18 digits"


#: What runs here can go on from: jsonClass -> what is wrong with such a state at a time. Add a class here.
_CLASSES: Mapping[str, Callable[[ContextState, int], str | None]] = {
    "HadoopDataSourceJobBookmarkState": _files_fault,
    "JDBCDataSourceJobBookmarkState": _keys_fault,
    "RelationalizeJobBookmarkState": _ids_fault,
}


def _decode(member: str, text: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInputException(f"{member} cannot be read: {error}") from None


def _text(what: str, document: State | Sources) -> str:
    text = msgspec.json.encode(document)
    if len(text) > MOST_BYTES:
        raise InvalidInputException(f"{what} has {len(text)} bytes: {MOST_BYTES} are kept at most")
    return text.decode()
