"""The workspace of one run: its directories, and everything that must be in place before user code starts.

work/      the script and --extra-files; the working directory
files/     --extra-py-files and --extra-jars
scratch/   TMPDIR, Spark's local directory
spool/     log lines that the server has not acknowledged
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from openglue.commands.command import Prepared, Surroundings
from openglue.model import arguments as args
from openglue.model import profiles
from openglue.model.outcome import Outcome
from openglue.model.plan import Plan
from openglue.runtimes import InstallError, Runtime, Runtimes
from openglue.s3.locations import Buckets

#: Tells the engine that the workspace is to be kept if the run fails (openglue.engines.kept).
WISH_FILE = "keep"
#: Say a line in the run's log.
Say = Callable[[str], None]


class Workspace:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.root = Path(plan.workspace)
        self.work, self.files, self.scratch, self.spool = (
            self.root / name for name in ("work", "files", "scratch", "spool")
        )
        for directory in (self.work, self.files, self.scratch, self.spool):
            directory.mkdir(mode=0o700, exist_ok=True)
        self.failure = self.root / "failure.json"
        self.outcome = self.root / "outcome.json"
        self.group = self.root / "cgroup.json"
        self.restart = self.root / "restart"
        if args.is_on(plan.arguments, args.KEEP_WORKSPACE):
            (self.root / WISH_FILE).touch()
        # Kept as long as the run: it holds what it has installed against being cleaned away.
        java_home = {} if plan.java_home is None else {"JAVA_HOME": plan.java_home}
        self._runtimes = Runtimes(Path(plan.cache), Path(plan.uv), environ={**os.environ, **java_home})
        self._buckets = Buckets(Path(plan.s3_root), local_paths=plan.local_paths)
        self._go_on: Callable[[], None] = lambda: None

    def prepare(self, say: Say, go_on: Callable[[], None]) -> Prepared:
        """Fetch, install, check. Raises LocationError, InstallError, ArgumentError or GlueError: a launch error.

        `go_on` is called while files are copied and modules installed, and ends that by raising.
        """
        plan = self._plan
        self._go_on = go_on
        for note in [*plan.notes, *args.judge(plan.arguments, plan.command)]:
            say(note)
        runtime = self._runtime(say)
        if not plan.script_location:
            raise args.ArgumentError("the job has no ScriptLocation")
        script = self._buckets.fetch_file(plan.script_location, self.work, go_on)
        return Prepared(
            **vars(self._surround(runtime, say)),
            script=script,
            arguments=args.script_arguments(
                plan.arguments,
                command=plan.command,
                job_name=plan.job_name,
                job_id=plan.job_id,
                run_id=plan.run_id,
                script_location=plan.script_location,
            ),
            failure=self.failure,
            restart=self.restart,
        )

    def surround(self, say: Say) -> Surroundings:
        """What `prepare` puts in place, without a script. Raises the same."""
        for note in args.judge(self._plan.arguments, self._plan.command):
            say(note)
        return self._surround(self._runtime(say), say)

    def _surround(self, runtime: Runtime, say: Say) -> Surroundings:
        for location in self._list("--extra-files"):
            self._buckets.fetch(location, self.work, self._go_on)
        return Surroundings(
            plan=self._plan,
            runtime=runtime,
            work=self.work,
            scratch=self.scratch,
            module_path=[Path(self._plan.awsglue), *self._modules(runtime, say), *self._python_files(runtime, say)],
            jars=[self._fetch(location) for location in self._list("--extra-jars")],
        )

    def leave(self, outcome: Outcome) -> None:
        """Write down how the run ended, so that not even a loss of power takes it back."""
        part = self.outcome.with_suffix(".part")
        with part.open("wb") as stream:
            stream.write(json.dumps(outcome.to_json()).encode())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self.outcome)
        directory = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _runtime(self, say: Say) -> Runtime:
        plan = self._plan
        resolution = profiles.resolve(
            plan.command,
            plan.glue_version,
            plan.python_version,
            args.library_set(plan.arguments),
            plan.default_glue_version,
        )
        if resolution.note:
            say(resolution.note)
        found = self._runtimes.find(resolution.profile.name)
        if found is not None:
            return found
        say(f"installing the runtime {resolution.profile.name} (once)")
        return self._runtimes.install(resolution.profile.name, say, go_on=self._go_on)

    def _modules(self, runtime: Runtime, say: Say) -> list[Path]:
        """--additional-python-modules: names, wheels, and `-r` files; files may be on S3."""
        requirements = []
        for item in self._list("--additional-python-modules"):
            listed, location = item.startswith("-r"), item.removeprefix("-r").strip()
            if "://" in location or location.startswith("/"):
                location = str(self._fetch(location))
            requirements.append(f"-r {location}" if listed else location)
        if not requirements:
            return []
        options = self._plan.arguments.get("--python-modules-installer-option", "")
        return [self._overlay(runtime, requirements, [options] if options else [], say)]

    def _python_files(self, runtime: Runtime, say: Say) -> list[Path]:
        """--extra-py-files: wheels are installed, archives go on the path as they are, modules by their folder."""
        path: list[Path] = []
        for location in self._list("--extra-py-files"):
            file = self._fetch(location)
            if file.suffix == ".whl":
                path.append(self._overlay(runtime, [str(file)], ["--no-deps"], say))
            elif file.suffix in (".zip", ".egg"):
                path.append(file)
            elif self.files not in path:
                path.append(self.files)
        return path

    def _overlay(self, runtime: Runtime, requirements: list[str], options: list[str], say: Say) -> Path:
        try:
            return self._runtimes.overlay(runtime, requirements, options, say, go_on=self._go_on)
        except InstallError as error:
            # AWS's own words (contract 2).
            raise InstallError(f"Installation of Additional Python Modules failed: {error}") from error

    def _list(self, name: str) -> list[str]:
        return args.split_list(self._plan.arguments.get(name, ""))

    def _fetch(self, location: str) -> Path:
        return self._buckets.fetch_file(location, self.files, self._go_on)
