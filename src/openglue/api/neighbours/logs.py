"""CloudWatch Logs, as far as clients of Glue read it: events, streams and groups.

One line of a job's output is one event, unmodified; what is no UTF-8 shows as U+FFFD. OpenGlue takes a line in when its
runner reads it, so that is both its timestamp and its ingestionTime. Times are epoch milliseconds, Logs' own way.

Tokens hold all of a reader's state and are valid on every server, at any time. They begin with f/, b/ or n/, which
botocore cannot mistake for a token of its own (clients 1), and are bound to what was asked with them. At the end
GetLogEvents gives the token back that it got, and FilterLogEvents gives a token with every page but an empty one, as
Airflow expects (clients 0.5).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Protocol

from openglue.errors import InvalidParameterException, ResourceNotFoundException
from openglue.logs.cloudwatch import CloudWatch, Place, StreamInfo, UnknownGroup
from openglue.logs.page import Cursor, Event, Source, Span, read
from openglue.logs.pattern import Pattern
from openglue.logs.store import LogStore
from openglue.logs.stream import UnknownStream

_MOST_EVENTS = 10_000
_MOST_LISTED = 50


class Context(Protocol):
    """What these operations need of the request's context."""

    @property
    def logs(self) -> LogStore: ...


async def get_log_events(context: Context, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of one stream, forward or backward; events come in the order of time either way."""
    return await _answer(_get_log_events, context, request)


async def filter_log_events(context: Context, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of what matches in some or all streams of a group, merged by time."""
    return await _answer(_filter_log_events, context, request)


async def describe_log_streams(context: Context, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of a group's streams by name or by the time of their last event."""
    return await _answer(_describe_log_streams, context, request)


async def describe_log_groups(context: Context, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the groups by name."""
    return await _answer(_describe_log_groups, context, request)


async def _answer(
    operation: Callable[[CloudWatch, Mapping[str, Any]], dict[str, Any]],
    context: Context,
    request: Mapping[str, Any],
) -> dict[str, Any]:
    try:
        return await asyncio.to_thread(operation, CloudWatch(context.logs), request)
    except UnknownGroup as error:
        raise ResourceNotFoundException("The specified log group does not exist.") from error
    except UnknownStream as error:
        raise ResourceNotFoundException("The specified log stream does not exist.") from error


def _get_log_events(view: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    group, stream = _group(request), request["logStreamName"]
    sources = view.sources(group, [stream])
    about = ("GetLogEvents", group, stream)
    given = request.get("nextToken")
    forward = given.startswith("f/") if given else request.get("startFromHead", False)
    span = Span(start=request.get("startTime", 0), end=request.get("endTime"), limit=_limit(request, _MOST_EVENTS))
    events, before, after, _ = _read(sources, span, given, about, forward=forward)
    ahead, back = (after, before) if forward else (before, after)
    tokens = {"f": _token("f", about, ahead.encode()), "b": _token("b", about, back.encode())}
    if given and not events:
        tokens[given[0]] = given
    return {
        "events": [_event(event) for event in (events if forward else events[::-1])],
        "nextForwardToken": tokens["f"],
        "nextBackwardToken": tokens["b"],
    }


def _filter_log_events(view: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    group = _group(request)
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix", "")
    if names and prefix:
        raise InvalidParameterException("logStreamNames and logStreamNamePrefix cannot both be given.")
    text = request.get("filterPattern", "")
    try:
        pattern = Pattern(text)
    except ValueError as error:
        raise InvalidParameterException(f"Invalid filter pattern: {error}.") from error
    start, last = request.get("startTime", 0), request.get("endTime")
    # Here, unlike in GetLogEvents, an event at endTime is included.
    span = Span(
        start=start,
        end=None if last is None else last + 1,
        limit=_limit(request, _MOST_EVENTS),
        matches=pattern.matches if text.strip() else None,
    )
    sources = view.sources(group, names) if names else view.search(group, prefix=prefix, since=start)
    about = ("FilterLogEvents", group, *sorted(names or ()), prefix, text)
    given = request.get("nextToken")
    forward = given.startswith("f/") if given else request.get("startFromHead", True)
    events, _, after, more = _read(sources, span, given, about, forward=forward)
    answer: dict[str, Any] = {
        "events": [_event(event, stream=True) for event in events],
        "searchedLogStreams": [],
    }
    # A page without events has a token only when the search was cut short by its size.
    if events or more:
        answer["nextToken"] = _token("f" if forward else "b", about, after.encode())
    return answer


def _describe_log_streams(view: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    group, prefix = _group(request), request.get("logStreamNamePrefix", "")
    descending = request.get("descending", False)
    by_time = request.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        raise InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.")
    limit = _limit(request, _MOST_LISTED)
    about = ("DescribeLogStreams", group, prefix, str(by_time), str(descending))
    state = _state(("n",), about, request["nextToken"]) if "nextToken" in request else None
    if by_time:
        beyond = _place(state) if state else None
        found = list(islice(view.streams_by_time(group, beyond=beyond, descending=descending), limit + 1))
        streams = [info for _, info in found[:limit]]
        place = found[limit - 1][0] if len(found) > limit else None
        rest = f"{place.hour}.{place.time:x}.{_hex(place.name)}" if place else None
    else:
        after = _unhex(state) if state else ""
        streams = list(
            islice(view.streams_by_name(group, prefix=prefix, beyond=after, descending=descending), limit + 1)
        )
        rest = _hex(streams[limit - 1].name) if len(streams) > limit else None
        streams = streams[:limit]
    answer: dict[str, Any] = {"logStreams": [_stream(info) for info in streams]}
    if rest:
        answer["nextToken"] = _token("n", about, rest)
    return answer


def _describe_log_groups(view: CloudWatch, request: Mapping[str, Any]) -> dict[str, Any]:
    prefix, part = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "")
    if prefix and part:
        raise InvalidParameterException("logGroupNamePrefix and logGroupNamePattern cannot both be given.")
    wanted = [_name(identifier) for identifier in request.get("logGroupIdentifiers", ())]
    limit = _limit(request, _MOST_LISTED)
    about = ("DescribeLogGroups", prefix, part, *wanted)
    after = _unhex(_state(("n",), about, request["nextToken"])) if "nextToken" in request else ""
    groups = [
        group
        for group in view.groups()
        if group.name.startswith(prefix)
        and part in group.name
        and (not wanted or group.name in wanted)
        and group.name > after
        # All groups are of the standard class.
        and request.get("logGroupClass", "STANDARD") == "STANDARD"
    ]
    described = []
    for group in groups[:limit]:
        entry: dict[str, Any] = {"logGroupName": group.name, "creationTime": group.created}
        if not part:
            entry |= {"metricFilterCount": 0, "storedBytes": view.group_size(group.name)}
        described.append(entry)
    answer: dict[str, Any] = {"logGroups": described}
    if len(groups) > limit:
        answer["nextToken"] = _token("n", about, _hex(groups[limit - 1].name))
    return answer


def _read(
    sources: list[Source], span: Span, token: str | None, about: tuple[str, ...], *, forward: bool
) -> tuple[list[Event], Cursor, Cursor, bool]:
    try:
        cursor = Cursor.decode(_state(("f", "b"), about, token)) if token else None
        page = read(sources, cursor, span, forward=forward)
    except ValueError as error:
        raise _bad_token() from error
    return list(page.events), page.before, page.after, page.more


def _event(event: Event, *, stream: bool = False) -> dict[str, Any]:
    line = event.line
    answer: dict[str, Any] = {
        "timestamp": line.timestamp,
        "message": line.text.decode("utf-8", "replace"),
        "ingestionTime": line.timestamp,
    }
    if stream:
        answer["logStreamName"] = event.source.label
        # 56 digits, as CloudWatch Logs has; the same whenever the event is read.
        answer["eventId"] = f"{line.timestamp:020d}{int(event.source.key, 16) % 10**18:018d}{line.start.offset:018d}"
    return answer


def _stream(info: StreamInfo) -> dict[str, Any]:
    answer: dict[str, Any] = {"logStreamName": info.name, "creationTime": info.created, "storedBytes": info.stored}
    if info.first is not None and info.last is not None:
        answer |= {
            "firstEventTimestamp": info.first,
            "lastEventTimestamp": info.last,
            "lastIngestionTime": info.last,
        }
    return answer


def _group(request: Mapping[str, Any]) -> str:
    name, identifier = request.get("logGroupName"), request.get("logGroupIdentifier")
    if (name is None) == (identifier is None):
        raise InvalidParameterException("Exactly one of logGroupName and logGroupIdentifier must be given.")
    return name if name is not None else _name(str(identifier))


def _name(identifier: str) -> str:
    """The group that an ARN or a plain name means."""
    if not identifier.startswith("arn:"):
        return identifier
    parts = identifier.split(":", 6)
    if len(parts) < 7 or parts[2] != "logs" or parts[5] != "log-group":
        raise InvalidParameterException(f"{identifier} is not the ARN of a log group.")
    return parts[6].removesuffix(":*")


def _limit(request: Mapping[str, Any], most: int) -> int:
    return min(int(request.get("limit", most)), most)


def _token(kind: str, about: tuple[str, ...], state: str) -> str:
    return f"{kind}/{_digest(about)}.{state}"


def _state(kinds: tuple[str, ...], about: tuple[str, ...], token: str) -> str:
    kind, _, rest = token.partition("/")
    digest, _, state = rest.partition(".")
    if kind not in kinds or digest != _digest(about) or not state:
        raise _bad_token()
    return state


def _digest(about: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(about).encode()).hexdigest()[:8]


def _place(state: str) -> Place:
    hour, _, rest = state.partition(".")
    time, _, name = rest.partition(".")
    try:
        return Place(hour, int(time, 16), _unhex(name))
    except ValueError as error:
        raise _bad_token() from error


def _hex(name: str) -> str:
    return name.encode().hex()


def _unhex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode()
    except ValueError as error:
        raise _bad_token() from error


def _bad_token() -> InvalidParameterException:
    return InvalidParameterException("The specified nextToken is invalid.")


#: Operation name to handler; add here.
OPERATIONS = {
    "DescribeLogGroups": describe_log_groups,
    "DescribeLogStreams": describe_log_streams,
    "FilterLogEvents": filter_log_events,
    "GetLogEvents": get_log_events,
}
