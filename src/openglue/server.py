"""The composition root: from a configuration to a running service, and back.

Start: lock the data directory, open the store, listen, schedule. Stop: the other way round; runs go on without us.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import uvicorn
import uvloop

from openglue import faultpoints, node
from openglue.api.app import App
from openglue.api.connection import Connection
from openglue.api.context import Context
from openglue.api.feed import Feed
from openglue.api.paging import Tokens
from openglue.api.previews import Previews
from openglue.api.s3_http import S3App
from openglue.api.signals import Signals
from openglue.clock import Clock, SystemClock
from openglue.config import Config, ConfigError
from openglue.disk import Disk
from openglue.drain import Drain
from openglue.engines.kept import Kept
from openglue.engines.local import LocalEngine, raise_limit
from openglue.logs.store import LogStore
from openglue.model.admission import Limits
from openglue.model.capacity import Machine, machine
from openglue.model.job import Defaults
from openglue.model.plan import Plan
from openglue.model.run import Run
from openglue.rehearsal import Rehearsal
from openglue.runtimes import tool
from openglue.runtimes.library import library, locate_package
from openglue.s3 import routes
from openglue.s3.embedded import EmbeddedS3
from openglue.scheduler import receiver
from openglue.scheduler.dispatch import Site, make_plan
from openglue.scheduler.history import DAY_MS, History
from openglue.scheduler.loop import Scheduler
from openglue.scheduler.pruning import Pruning
from openglue.scheduler.quota import Quota
from openglue.scheduler.triggers import Triggers
from openglue.scheduler.webhook import Webhook
from openglue.store import bookmarks, deadlines, firing, idempotency, jobs, keys
from openglue.store.admission import Policy
from openglue.store.database import Database, Tx
from openglue.store.opening import DataLock, open_database

log = logging.getLogger(__name__)

SERVER_FILE = "server.json"
#: Seconds that a stop waits for requests under way.
DRAIN_S = 5


class AddressError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


def serve(config: Config, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `on_ready` is told the URL when the first request can be answered.

    Raises StoreError, AddressError or ConfigError when it cannot start; nothing is left half started.
    """
    rehearsal = Rehearsal() if config.rehearsal else None
    clock = SystemClock() if rehearsal is None else rehearsal.clock
    with ExitStack() as stack:
        _check_exposure(config)
        _check_routes(config)
        _check_webhook(config)
        disk = this_disk(config)
        disk.relieve()
        lock = DataLock(config.data)
        stack.callback(lock.release)
        listener = listen(config.host, config.port)
        stack.callback(listener.close)
        database = open_database(config.data, config.db, clock, disk.give)
        stack.callback(database.close)
        s3 = EmbeddedS3(config.data / "s3", config.data / "tmp", region=config.region)
        stack.callback(s3.stop)
        url = _url(listener)
        server_file = config.data / SERVER_FILE
        server_file.write_text(json.dumps({"url": url, "pid": os.getpid()}))
        stack.callback(server_file.unlink, missing_ok=True)
        _run(config, clock, rehearsal, disk, database, s3, listener, url, on_ready)


def _run(
    config: Config,
    clock: Clock,
    rehearsal: Rehearsal | None,
    disk: Disk,
    database: Database,
    s3: EmbeddedS3,
    listener: socket.socket,
    url: str,
    on_ready: Callable[[str], None],
) -> None:
    lease_ms = int(config.lease_s * 1000)
    is_shared = bool(config.db)
    entered = node.enter(database, config.data, clock, is_shared=is_shared, lease_ms=lease_ms)
    workspaces = config.data / entered.workspaces
    lease = node.Lease(database, entered, clock, lease_ms=lease_ms, on_lost=_stop)

    def prepare(tx: Tx) -> tuple[bytes, bytes]:
        now = clock.now()
        deadlines.shorten(tx, queue_ms=int(config.queue_s * 1000), retry_delay_ms=int(config.retry_delay_s * 1000))
        return keys.service_secret(tx, "runs", now=now), keys.service_secret(tx, "tokens", now=now)

    run_secret, token_secret = database.write(prepare).result(timeout=30)
    kept = Kept(
        workspaces,
        SystemClock(),
        every=config.keep_workspaces,
        failed=config.keep_failed_workspaces,
        most=config.kept_workspaces,
        days=config.kept_workspace_days,
    )
    engine = LocalEngine(
        workspaces,
        # Processes live in real time, whatever a test makes of ours.
        SystemClock(),
        kept=kept,
        environ=tool.environment(os.environ),
        namespaces=config.pid_namespaces,
        descriptors=raise_limit(),
    )
    site = Site(
        config=config,
        machine=this_machine(config),
        url=url,
        server_file=config.data / SERVER_FILE,
        secret=run_secret,
        uv=_uv(),
        awsglue=library(config.cache, locate_package()),
        java_home=os.environ.get("JAVA_HOME"),
    )

    def plan(run: Run, tx: Tx) -> Plan:
        return make_plan(run, jobs.definition(tx, run.definition_sha), site, engine.workspace(run.id, run.fence))

    logs = LogStore(
        config.data / "logs",
        clock=clock,
        head_bytes=config.log_head_mb << 20,
        tail_bytes=config.log_tail_mb << 20,
    )
    signals = Signals()
    feed = Feed(signals)
    drain = Drain()
    faults = faultpoints.armed()
    policy = Policy(
        defaults=Defaults(glue_version=config.default_glue_version, max_concurrent_runs=config.max_concurrent_runs),
        limits=Limits(
            runs=config.account_runs,
            dpu_16ths=config.account_dpu * 16,
            queued=config.queued_runs,
            queue_ms=int(config.queue_s * 1000),
        ),
    )
    scheduler = Scheduler(
        database=database,
        engine=engine,
        clock=clock,
        node=entered.id,
        machine=site.machine,
        lease_ms=lease_ms,
        fence_after_ms=int(config.fence_after_s * 1000),
        launch_deadline_ms=int(config.launch_deadline_s * 1000),
        stop_grace_ms=int(config.stop_grace_s * 1000),
        retry_delay_ms=int(config.retry_delay_s * 1000),
        policy=policy,
        plan=plan,
        drain=drain,
        disk=disk,
        is_shared=is_shared,
        on_move=signals.notify,
        chores=(
            *([lease.round] if is_shared else []),
            disk.round,
            kept.round,
            *(
                [Quota(database, logs, clock, most_bytes=config.log_quota_mb << 20).round]
                if config.log_quota_mb
                else []
            ),
            History(database, logs, clock, days=config.history_days).round,
            Pruning(database, clock, bookmarks.prune, keep_ms=config.history_days * DAY_MS).round,
            Pruning(database, clock, firing.prune, keep_ms=config.history_days * DAY_MS).round,
            Pruning(database, clock, firing.prune_events, keep_ms=config.event_days * DAY_MS).round,
            Pruning(database, clock, idempotency.prune, keep_ms=idempotency.KEPT_MS).round,
        ),
        rehearsal=rehearsal,
        faults=faults,
    )
    triggers = Triggers(
        database=database,
        clock=clock,
        node=entered.id,
        rules=firing.Rules(
            missed_ms=int(config.missed_fire_s * 1000), follow_manual=config.triggers_follow_manual_runs
        ),
        policy=policy,
        on_start=scheduler.wake,
        on_move=signals.notify,
        faults=faults,
    )
    signals.watch(triggers.wake)

    def wake() -> None:
        scheduler.wake()
        triggers.wake()

    context = Context(
        config=config,
        policy=policy,
        clock=clock,
        database=database,
        logs=logs,
        tokens=Tokens(token_secret),
        signals=signals,
        feed=feed,
        previews=Previews(config=config, url=url, uv=site.uv, awsglue=site.awsglue),
        node=entered.id,
        drain=drain,
        disk=disk,
        workspaces=workspaces,
        run_secret=run_secret,
        wake=wake,
        rehearsal=rehearsal,
        faults=faults,
    )
    app = App(context, S3App(s3), frozenset(config.hosts))
    with ExitStack() as stack:
        if is_shared:
            stack.callback(lease.end)
        stack.callback(engine.release)
        if config.webhook_url:
            webhook = Webhook(
                database=database,
                clock=clock,
                receiver=receiver.Receiver(config.webhook_url, config.webhook_timeout_s),
                node=entered.id,
                account=config.account,
                region=config.region,
            )
            signals.watch(webhook.wake)
            webhook.start()
            stack.callback(webhook.stop)
        uvloop.run(_listen(app, listener, signals, feed, (scheduler, triggers), lambda: on_ready(url)))


async def _listen(
    app: App,
    listener: socket.socket,
    signals: Signals,
    feed: Feed,
    parts: Sequence[Scheduler | Triggers],
    ready: Callable[[], None],
) -> None:
    """Answer requests until the process is told to end; `parts` work from the first answer to the last."""
    signals.bind(asyncio.get_running_loop())
    server = _Server(
        uvicorn.Config(
            app,
            http=Connection,
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=DRAIN_S,
            backlog=2048,
        ),
        on_stop=(feed.closed.set, signals.close),
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.001)
    for part in parts:
        part.start()
    ready()
    try:
        await serving
    finally:
        for part in reversed(parts):
            await asyncio.to_thread(part.stop)


class _Server(uvicorn.Server):
    """A server that says when it begins to stop: whoever waits for something, or reads without end, would keep it."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Sequence[Callable[[], None]]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for let_go in self._on_stop:
            let_go()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; AddressError says who may hold the port and what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it; without it an answer written in two parts waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise AddressError(
            f"cannot listen on {host} port {port}: {error.strerror}. "
            "Another service (or another OpenGlue) may be there; --port 0 takes a free one."
        ) from error
    listener.setblocking(False)
    return listener


def this_machine(config: Config) -> Machine:
    """What runs may use of this machine, under the settings."""
    return machine(
        physical_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        physical_cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_mb=config.memory_mb,
        memory_share=config.memory_share,
        cores=config.cores,
        pythonshell_slots=config.pythonshell_slots,
    )


def this_disk(config: Config) -> Disk:
    """The disk of the data directory, under the settings."""
    return Disk(
        config.data,
        least_mb=config.least_free_mb,
        least_percent=config.least_free_percent,
        reserve_mb=config.reserve_mb,
    )


def _check_exposure(config: Config) -> None:
    """Only loopback is served without keys (design 9): anyone who can start a job can run code here."""
    try:
        loopback = config.host == "localhost" or ip_address(config.host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigError(
            f"refusing to listen on {config.host}: whoever reaches this port can run code on this machine, "
            "and keys are not served yet. Listen on 127.0.0.1 and put an authenticating proxy or a tunnel in front."
        )


def _check_routes(config: Config) -> None:
    try:
        routes.environment(config.routes, "http://127.0.0.1", config.region)
    except routes.RouteError as error:
        raise ConfigError(str(error)) from error


def _check_webhook(config: Config) -> None:
    try:
        if config.webhook_url:
            receiver.check(config.webhook_url)
    except receiver.UrlError as error:
        raise ConfigError(f"setting webhook_url: {error}") from error


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _uv() -> Path:
    from uv import find_uv_bin

    return Path(find_uv_bin())


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
