"""`openglue events`: what became of runs, as it is told to others."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import typer

from openglue.cli import display
from openglue.cli.failure import RefusedError, ServiceError, UnreachableError
from openglue.cli.follow import AWAY_S, note
from openglue.cli.options import Data, Endpoint, application
from openglue.cli.service import Service, open_service

app = application()

PATH = "/_openglue/events"
LAST = 20
#: Seconds for a sign of life: the service gives one every ten.
TIMEOUT_S = 30.0
#: Seconds between two looks for a service that is away.
SHORTEST_S, LONGEST_S = 0.1, 2.0
#: Characters of the longest state that is told.
_STATE = 9


@app.command()
def events(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="Events of this job's runs only.")] = None,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="NUMBER", min=0, help="Begin behind this event instead of with the last ones."),
    ] = None,
    last: Annotated[
        int | None, typer.Option("-n", metavar="COUNT", min=0, max=1000, help=f"Begin with the last COUNT ({LAST}).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as AWS has it: one line of JSON.")] = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Show the events of runs: their number, time, job, run, state and message.

    There is one for the end of every run, and one for each state of a run that takes longer than its NotifyDelayAfter.
    Following goes on where it was if the service was away for less than a minute.
    """
    if after is not None and last is not None:
        raise RefusedError("--after and -n exclude each other")
    wanted = {"after": str(after)} if after is not None else {"last": str(LAST if last is None else last)}
    if job is not None:
        wanted["job"] = job

    def find() -> Service:
        return open_service(endpoint, data)

    for told in _follow(find, wanted) if follow else _read(find(), wanted | {"follow": "false"}, None):
        if told.data is not None:
            typer.echo(told.data if as_json else _line(told.number, json.loads(told.data)))


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a stream says: that it has come to a number, mostly with an event."""

    number: str
    data: str | None


def _follow(find: Callable[[], Service], wanted: Mapping[str, str]) -> Iterator[Told]:
    """Everything that is told from now on. Raises UnreachableError when the service is away for too long."""
    place: str | None = None
    away_since: float | None = None
    pause_s = SHORTEST_S
    while True:
        try:
            for told in _read(find(), wanted, place):
                place, away_since, pause_s = told.number, None, SHORTEST_S
                yield told
        except UnreachableError:
            if place is None:
                raise
        if away_since is None:
            away_since = time.monotonic()
            note("the service is away; waiting for it")
        elif time.monotonic() - away_since > AWAY_S:
            raise UnreachableError(
                f"the service has been away for {AWAY_S:.0f} s; go on later with `openglue events -f --after {place}`"
            )
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_S)


def _read(service: Service, wanted: Mapping[str, str], place: str | None) -> Iterator[Told]:
    """One stream to its end, from `place` on if there is one. Raises ServiceError, UnreachableError."""
    parts = urlsplit(service.url)
    maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = maker(str(parts.hostname), parts.port, timeout=TIMEOUT_S)
    try:
        headers = {} if place is None else {"Last-Event-ID": place}
        connection.request("GET", f"{parts.path.rstrip('/')}{PATH}?{urlencode(wanted)}", headers=headers)
        response = connection.getresponse()
        if response.status >= 500:
            raise UnreachableError(f"the service at {service.url} cannot tell events: HTTP {response.status}")
        if response.status != 200:
            raise _refusal(response)
        yield from _blocks(response)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(
            f"the service at {service.url} does not answer: {error or type(error).__name__}"
        ) from error
    finally:
        connection.close()


def _blocks(response: http.client.HTTPResponse) -> Iterator[Told]:
    """The blocks of server-sent events: lines of fields, and an empty line at the end of each."""
    fields: dict[str, str] = {}
    for line in response:
        name, _, value = line.decode(errors="replace").rstrip("\r\n").partition(": ")
        if name:
            fields[name] = value
        elif "id" in fields:
            yield Told(number=fields["id"], data=fields.get("data"))
            fields = {}


def _refusal(response: http.client.HTTPResponse) -> ServiceError:
    try:
        document = json.loads(response.read(1 << 16))
        return ServiceError(str(document["__type"]), str(document["Message"]))
    except (ValueError, KeyError, TypeError):
        return ServiceError(f"HTTP {response.status}", "what answers is not OpenGlue")


def _line(number: str, event: dict[str, Any]) -> str:
    detail = event["detail"]
    state = str(detail["state"])
    cells = [
        number.rjust(5),
        display.moment(datetime.fromisoformat(event["time"]).timestamp()),
        display.brief(detail["jobName"]),
        display.short(detail["jobRunId"]),
        display.state(state) + " " * (_STATE - len(state)),
        display.brief(detail["message"]),
    ]
    return "  ".join(cells).rstrip()
