"""The JSON of a bookmark: JobBookmarkEntry, and what may stand in it.

A JobBookmark is a JSON string: an object for each transformation_ctx, with its jsonClass and with strings as values
(contract 7, observed). Whatever comes in, from a run's commit or from an export, is checked here. Sentences are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
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


def read_import(job_name: str, members: Mapping[str, Any], sources: str | None) -> Import:
    """Read an entry that was exported, here or from AWS, and is to become the bookmark of `job_name`.

    Its Version and Attempt do not matter: the versions of a job only rise. Raises InvalidInputException for one of
    another job, and for one from which no run here could go on.
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
        fault = check(remembered)
        if fault is not None:
            raise InvalidInputException(f"The {kind} of context {context!r} is damaged: {fault}")
    run = members.get("Run", FIRST.run)
    if run < 0:
        raise InvalidInputException(f"The entry's Run is {run}: no run has that number")
    return Import(
        run=run,
        run_id=members.get("RunId"),
        previous_run_id=members.get("PreviousRunId"),
        state=text,
        sources=None if sources is None else sources_text(_decode("Sources", sources, Sources)),
    )


def _files_fault(remembered: ContextState) -> str | None:
    """What is wrong with the state of a source of files."""
    seen = remembered.get("timestamps")
    if not isinstance(seen, dict):
        return "it has no timestamps"
    for name in ("RUN", "HIGH_BAND"):
        if _NUMBER.fullmatch(seen.get(name, "0")) is None:
            return f"{name} is no number of up to 18 digits"
    try:
        aware = datetime.fromisoformat(seen.get("CURR_RUN_START_TIME", "")).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        return "CURR_RUN_START_TIME is no time such as 2026-01-31T12:00:00.000Z"
    return None if _INCLUDED.fullmatch(seen.get("INCLUDE_LIST", "")) else "INCLUDE_LIST is no list of hashes"


def _keys_fault(remembered: ContextState) -> str | None:
    return None if isinstance(remembered.get("keys"), dict) else "it has no keys"


def _no_fault(_remembered: ContextState) -> str | None:
    return None


#: What runs here can go on from: jsonClass -> what is wrong with such a state. Add a class here.
_CLASSES: Mapping[str, Callable[[ContextState], str | None]] = {
    "HadoopDataSourceJobBookmarkState": _files_fault,
    "JDBCDataSourceJobBookmarkState": _keys_fault,
    "RelationalizeJobBookmarkState": _no_fault,
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
