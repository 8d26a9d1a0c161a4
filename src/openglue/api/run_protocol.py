"""The run protocol: what a runner tells the server, and is told (design 5).

`POST /_openglue/run/v1/<run id>/<verb>?fence=<fence>` with the run's bearer token:

    started              see api/started.py      200, 409: stop, or stale, or 400: it cannot start
    intent               {"known": ...}          200 {"intent": "run" | "restart" | "expire" | "stop"}, at once if it is
                                                 another than is known, or after WAIT_S; renews the lease
    logs/<stream>        framed log lines        200 {"next": offset that is expected}; `&offset=`; 507: no room
    finished             an Outcome              200, also when the run has ended already under this fence
    bookmark/begin       see bookmark_protocol   200, 400, 409; also with the script's own token, as the next one
    bookmark/commit      see bookmark_protocol   200, 400, 409

409 with {"reason": "stale"} means: another fence owns this run; kill what you run and leave. 401: the run
is another server's, which had this address before; look up where it is now. 503: ask again.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from openglue.api import bookmark_protocol
from openglue.api.context import Context
from openglue.api.run_call import Call, Refusal, stale
from openglue.api.started import Started
from openglue.errors import ConcurrentModificationException, GlueError, InvalidInputException
from openglue.logs.store import View
from openglue.logs.stream import GapError, UnknownStream
from openglue.model import arguments as args
from openglue.model.outcome import Outcome
from openglue.model.restart import Wish, restart_of
from openglue.model.run import Run
from openglue.model.states import RunState
from openglue.model.tokens import Role, verify
from openglue.store import endings, jobs, runs
from openglue.store.database import Tx

PREFIX = "/_openglue/run/v1/"
#: Seconds that `intent` waits for something to say; a third of the lease at most, and of the time until a runner that
#: hears nothing ends its run.
WAIT_S = 10.0
#: Seconds between two looks at the store while waiting: another server may have written the intent.
LOOK_S = 2.0


async def started(call: Call) -> dict[str, Any]:
    """User code is about to start. Only the one that gets 200 may start it (promise P2)."""
    context = call.context
    try:
        report = Started.read(call.document())
    except ValueError as error:
        raise Refusal(400, reason=str(error)) from error

    def start(tx: Tx) -> tuple[Run | None, Run | None]:
        days = context.config.history_days
        done = report.write(tx, call.run_id, fence=call.fence, now=context.clock.now(), history_days=days)
        if done is None:
            return None, runs.get(tx, call.run_id)
        # It may be the first answer after an outage in which the lease was over.
        lease_ms = int(context.config.lease_s * 1000)
        return runs.renew(tx, call.run_id, fence=call.fence, lease_ms=lease_ms), None

    # Before the state says RUNNING: readers look for the streams from then on, and wait long when they miss them.
    await _create_logs(call)
    run, current = await context.write(start)
    if run is not None:
        return {}
    if current is not None and current.fence == call.fence and current.state is RunState.STOPPING:
        raise Refusal(409, reason="stop")
    raise stale()


async def intent(call: Call) -> dict[str, Any]:
    """A heartbeat that waits: answers as soon as something else is wanted, or after WAIT_S."""
    context = call.context
    known = call.document().get("known", "run")
    lease_ms = int(context.config.lease_s * 1000)
    wait_s = min(WAIT_S, context.config.lease_s / 3, context.config.fence_after_s / 3)
    deadline = context.clock.boot() + int(wait_s * 1000)
    run = await context.write(lambda tx: runs.renew(tx, call.run_id, fence=call.fence, lease_ms=lease_ms))
    while True:
        if run is None or run.fence != call.fence or run.completed_on is not None:
            raise stale()
        wanted = _wanted(run, context)
        left_s = (deadline - context.clock.boot()) / 1000
        if wanted != known or left_s <= 0 or context.signals.closed:
            return {"intent": wanted}
        await context.signals.wait(call.run_id, min(left_s, LOOK_S))
        run = await context.read(lambda tx: runs.get(tx, call.run_id))


def _wanted(run: Run, context: Context) -> str:
    """What is wanted of a run: that it goes on, stops, or is restarted for maintenance."""
    if run.state is RunState.STOPPING:
        return "stop"
    restart = restart_of(run) if run.state is RunState.RUNNING else None
    if restart is None:
        return Wish.RUN
    # A test that moves the clock past the time for a restart means the restart.
    return restart.wish(context.clock.now(), late=context.rehearsal is not None)


async def logs(call: Call) -> dict[str, Any]:
    """Append to a log stream, by offset: sent again, it changes nothing."""
    offset = call.query.get("offset", "")
    if not offset.isdigit():
        raise Refusal(400, reason="offset is missing")
    try:
        if not call.context.logs.has(call.run_id):
            await _create_logs(call)
        append = call.context.logs.append
        return {"next": await asyncio.to_thread(append, call.run_id, call.rest, int(offset), call.body)}
    except GapError as gap:
        return {"next": gap.expected}
    except UnknownStream as error:
        raise Refusal(400, reason=f"no log stream {call.rest!r}") from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Refusal(507, reason="there is no room for logs") from error


async def finished(call: Call) -> dict[str, Any]:
    """The run has ended. Repeating it is harmless; the first one counts (promise P3)."""
    context = call.context
    try:
        outcome = Outcome.from_json(call.document())
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(400, reason=f"no outcome: {error}") from error
    if context.rehearsal is not None:
        # The runner's clock is not the one that a test moves.
        outcome = replace(outcome, ended_on=None)

    def finish(tx: Tx) -> bool:
        run = runs.get_locked(tx, call.run_id)
        if run is None or run.fence != call.fence:
            return False
        if run.completed_on is not None:
            return True
        delay_ms = int(context.config.retry_delay_s * 1000)
        now = context.clock.now()
        return endings.finish(tx, run, outcome, actor="runner", now=now, retry_delay_ms=delay_ms) is not None

    context.faults.reach("before finish")
    if not await context.write(finish):
        raise stale()
    context.faults.reach("after finish")
    context.signals.notify(call.run_id)
    context.wake()
    return {}


#: Answers to errors that asking again does not help against.
STATUS: dict[type[GlueError], int] = {InvalidInputException: 400, ConcurrentModificationException: 409}

#: Verbs of the protocol; add one here.
VERBS: dict[str, Callable[[Call], Awaitable[dict[str, Any]]]] = {
    "started": started,
    "intent": intent,
    "logs": logs,
    "finished": finished,
    **bookmark_protocol.VERBS,
}


async def answer(
    context: Context, path: str, query: Mapping[str, str], authorization: str, body: bytes
) -> tuple[int, bytes]:
    """Answer one request below PREFIX."""
    run_id, _, tail = path.removeprefix(PREFIX).partition("/")
    verb, _, rest = (tail, "", "") if tail in VERBS else tail.partition("/")
    fence = query.get("fence", "")
    try:
        handler = VERBS.get(verb)
        if handler is None:
            raise Refusal(404, reason=f"no verb {verb!r}")
        if not fence.isdigit():
            raise Refusal(400, reason="fence is missing")
        roles = (Role.RUNNER, Role.SCRIPT) if verb in bookmark_protocol.VERBS else (Role.RUNNER,)
        token = authorization.removeprefix("Bearer ")
        if not any(verify(context.run_secret, role, run_id, int(fence), token) for role in roles):
            raise Refusal(401, reason="the token is not this run's")
        call = Call(context=context, run_id=run_id, fence=int(fence), rest=rest, query=query, body=body)
        return 200, msgspec.json.encode(await handler(call))
    except Refusal as refusal:
        return refusal.status, msgspec.json.encode(refusal.body)
    except GlueError as error:
        # What else goes wrong is the store's: whoever calls for a run has time, and asks again.
        return STATUS.get(type(error), 503), msgspec.json.encode({"reason": error.message})


async def _create_logs(call: Call) -> None:
    """The run's log streams exist from now on, and the continuous log, which is another name for the same lines."""

    def read(tx: Tx) -> tuple[Run, Mapping[str, Any]]:
        run = runs.get(tx, call.run_id)
        if run is None:
            raise stale()
        return run, jobs.definition(tx, run.definition_sha)

    run, definition = await call.context.read(read)
    merged = args.merge(
        definition.get("DefaultArguments") or {},
        run.fixed.get("Arguments") or {},
        definition.get("NonOverridableArguments") or {},
    )
    continuous = args.continuous_log(merged, run.id)
    views = [] if continuous is None else [View(group=continuous[0], stream=continuous[1])]
    try:
        await asyncio.to_thread(call.context.logs.create, str(run.fixed["LogGroupName"]), run.id, views=views)
    except ValueError as error:
        raise Refusal(400, reason=str(error)) from error
