"""What the runs of a job have around them, for a program in this terminal: `openglue python` and `openglue shell`."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openglue.cli.attend import any_service
from openglue.cli.definition import JobType, new_job
from openglue.cli.failure import CommandError
from openglue.cli.follow import note
from openglue.cli.service import Service
from openglue.model.arguments import split_list

MODULES = "--additional-python-modules"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Whose surroundings are wanted."""

    #: A job that there is; None for those of a new job of this kind.
    job: str | None
    kind: JobType
    #: Instead of the job's own.
    glue_version: str | None
    arguments: Mapping[str, str]
    #: Modules beside the job's own.
    modules: Sequence[str] = ()
    endpoint: str | None
    data: Path | None


@dataclass(frozen=True, kw_only=True)
class Place:
    """An interpreter, and the environment that makes it a run's."""

    python: Path
    environment: Mapping[str, str]
    #: What a run's script would find behind its name in sys.argv.
    arguments: Sequence[str]
    #: Such as "glue-5.1".
    runtime: str
    has_spark: bool


@contextmanager
def surroundings(wish: Wish) -> Iterator[Place]:
    """Put them in place, for as long as this lasts. Raises CommandError."""
    from openglue.commands.foreground import environment
    from openglue.model.arguments import ArgumentError, script_arguments
    from openglue.runner.workspace import Workspace
    from openglue.runtimes import InstallError
    from openglue.s3.locations import LocationError

    with any_service(wish.endpoint, wish.data) as service, tempfile.TemporaryDirectory(prefix="openglue-") as folder:
        data = _data(service)
        plan = _plan(service, wish, data, Path(folder))
        workspace = Workspace(plan)
        try:
            around = workspace.surround(note)
            variables, notes = environment(around, os.environ)
        except (ArgumentError, InstallError, LocationError) as error:
            raise CommandError(str(error)) from error
        has_spark = around.runtime.spark_home is not None
        if has_spark and data is None:
            note(f"Spark finds no buckets: {service.url} is on another machine; s3:// is {plan.s3_root} here")
        for each in notes:
            note(each)
        yield Place(
            python=around.runtime.python,
            environment=variables,
            arguments=_outside(
                script_arguments(
                    plan.arguments,
                    command=plan.command,
                    job_name=plan.job_name,
                    job_id=plan.job_id,
                    run_id=plan.run_id,
                    script_location=plan.script_location,
                )
            ),
            runtime=around.runtime.name,
            has_spark=has_spark,
        )


def _outside(tokens: Sequence[str]) -> list[str]:
    """The arguments of a script without the ids of a run that there is not."""
    pairs = zip(tokens, ["", *tokens], strict=False)
    return [token for token, before in pairs if not {token, before} & {"--JOB_ID", "--JOB_RUN_ID"}]


def execute(place: Place, words: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    """Run the interpreter in the foreground of this terminal; its exit code, as a shell has it.

    Ctrl-C is for it alone; it does not outlive this process.
    """
    process = subprocess.Popen(
        [str(place.python), *words],
        env={**place.environment, **(more or {})},
        preexec_fn=_bound_to(os.getpid()),  # noqa: PLW1509 - this process has no other thread that does anything now
    )
    before = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for number in (signal.SIGTERM, signal.SIGHUP):
        before[number] = signal.signal(number, lambda number, _frame: process.send_signal(number))
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _bound_to(parent: int) -> Callable[[], None]:
    """What a child does before it becomes another program: on Linux, see to it that it ends with its parent."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def bind() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return bind


def _data(service: Service) -> Path | None:
    """The data directory of the service, whose buckets are folders in it; None if it is not on this machine."""
    from openglue.clients import NoServiceError, find

    node = service.own("GetNode")
    data = Path(node["DataDirectory"])
    # A directory of that name on this machine may be another service's.
    with suppress(NoServiceError, CommandError, OSError):
        if Service(find(data=data)).own("GetNode")["NodeId"] == node["NodeId"]:
            return data
    return None


def _plan(service: Service, wish: Wish, data: Path | None, folder: Path) -> Any:
    """The plan of a run that there will never be."""
    from uv import find_uv_bin

    from openglue.clients import SERVER_FILE
    from openglue.clock import SystemClock
    from openglue.config import load
    from openglue.model.job import Defaults, Job, serialise
    from openglue.model.run import accepted_run, new_job_id
    from openglue.runtimes.library import library, locate_package
    from openglue.scheduler.dispatch import Site, make_plan
    from openglue.server import this_machine

    config = load(overrides={"data": data or wish.data})
    name = wish.job or "shell"
    definition = _definition(service, wish, name)
    now = SystemClock().now()
    job = Job(
        id=new_job_id(),
        name=name,
        definition_sha=serialise(definition)[0],
        definition=definition,
        created_on=now,
        last_modified_on=now,
    )
    defaults = Defaults(glue_version=config.default_glue_version, max_concurrent_runs=1)
    run = accepted_run(job, {"Arguments": _arguments(wish, definition)}, None, defaults, seq=0, now=now, steady=now)
    site = Site(
        config=config,
        machine=this_machine(config),
        url=service.url,
        server_file=config.data / SERVER_FILE,
        # What a run proves itself by; there is none.
        secret=os.urandom(32),
        uv=Path(find_uv_bin()),
        awsglue=library(config.cache, locate_package()),
        java_home=os.environ.get("JAVA_HOME"),
    )
    return make_plan(run, definition, site, folder)


def _arguments(wish: Wish, definition: Mapping[str, Any]) -> dict[str, str]:
    given = {**definition.get("DefaultArguments", {}), **wish.arguments}
    if wish.modules:
        given[MODULES] = ",".join([*split_list(given.get(MODULES, "")), *wish.modules])
    return given


def _definition(service: Service, wish: Wish, name: str) -> Mapping[str, Any]:
    if wish.job is None:
        return new_job(name, "", wish.kind, glue_version=wish.glue_version)
    found: dict[str, Any] = service.glue("GetJob", JobName=wish.job)["Job"]
    return found if wish.glue_version is None else {**found, "GlueVersion": wish.glue_version}
