"""One run, from its plan to its reported outcome, in the order in which it happens.

    prepare -> boot the launcher -> ask to start -> let it -> wait -> sweep -> write the outcome -> report it

The launcher is the process in which the script will run; booting it (the interpreter, Spark's JVM) belongs to STARTING.
The runner never decides a state: it reports an Outcome. Whatever goes wrong here is an outcome, too; only a stale fence
ends in silence, because then the run is somebody else's.
"""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from openglue import faultpoints
from openglue.cgroup import Place
from openglue.clock import boot_s
from openglue.commands.command import Launch, Prepared
from openglue.commands.table import COMMANDS
from openglue.errors import GlueError
from openglue.model.arguments import TERMINAL, ArgumentError
from openglue.model.outcome import Ending, Outcome
from openglue.model.plan import Plan
from openglue.runner.delivery import LOG_DEADLINE_S, Delivery
from openglue.runner.group import make_group
from openglue.runner.intent import Intent
from openglue.runner.link import Link, RefusedError, ServerAwayError, StaleError, StopFirstError, backoff
from openglue.runner.memory import Memory
from openglue.runner.pump import Limits, NotTakenError, Pump
from openglue.runner.restart import LOOK_S, Restart
from openglue.runner.terminal import Terminal, TerminalError
from openglue.runner.tree import Exit, Tree
from openglue.runner.workspace import Workspace
from openglue.runtimes import InstallError
from openglue.s3.locations import LocationError
from openglue.s3.spark import missing_bucket


class _LaunchFailure(Exception):  # noqa: N818 - not an error of ours: why user code does not start
    pass


def execute(plan: Plan, place: Place | None, bwrap: str | None) -> int:
    """Execute the run; the exit code says whether its outcome was reported (0) or not ours to report (1).

    `place` is where the run's processes can have a cgroup of their own; without one `bwrap`, if there is one, gives
    them a PID namespace.
    """
    return Execution(plan, place, bwrap).run()


class Booted(NamedTuple):
    """A launcher that could run the script, and the descriptor that lets it."""

    tree: Tree
    memory: Memory
    go: int


class Execution:
    def __init__(self, plan: Plan, place: Place | None, bwrap: str | None) -> None:
        self._plan = plan
        self._place = place
        self._bwrap = bwrap
        self._launched = time.monotonic()
        self._faults = faultpoints.armed()
        self._link = Link(plan)
        self._workspace = Workspace(plan)
        self._output, self._output_end = os.pipe()
        self._error, self._error_end = os.pipe()
        self._pump = Pump(
            {"output": self._output, "error": self._error},
            self._workspace.spool,
            self._send_log,
            Limits(head=plan.log_head_bytes, tail=plan.log_tail_bytes, event=plan.log_event_bytes),
        )
        self._tree: Tree | None = None
        self._memory: Memory | None = None
        self._prepared: Prepared | None = None
        self._restart = Restart(self._workspace.restart)
        #: What the server is told of the code that starts.
        self._told: Mapping[str, object] = {}
        #: Of whoever debugs the run.
        self._terminal: Terminal | None = None
        #: Whether the writing ends of the pipes were given to a launcher.
        self._piped = False
        self._intent = Intent(self._link, fence_after_s=plan.fence_after_s)

    def run(self) -> int:
        self._intent.start()
        try:
            outcome = self._live()
        except StaleError:
            self._clean_up()
            return 1
        self._clean_up()
        return self._report(outcome)

    def _live(self) -> Outcome:
        """Everything up to the end of user code."""
        try:
            self._open_terminal()
            launch = self._prepare()
            booted = self._boot(launch)
            self._faults.reach("runner: before start")
            self._ask_to_start()
            self._faults.reach("runner: after start")
            return self._execute(booted)
        except StopFirstError:
            return Outcome(ending=Ending.STOPPED)
        except _LaunchFailure as failure:
            return Outcome(ending=Ending.LAUNCH_FAILED, message=f"LAUNCH ERROR | {failure}")

    def _open_terminal(self) -> None:
        path = self._plan.arguments.get(TERMINAL)
        if path:
            try:
                self._terminal = Terminal(path, os.dup(self._output_end))
            except TerminalError as error:
                raise _LaunchFailure(str(error)) from error

    def _prepare(self) -> Launch:
        """Script, files, environment. What fails here is a launch error, said in words."""
        try:
            command = COMMANDS.get(self._plan.command)
            if command is None:
                raise ArgumentError(f"Command {self._plan.command} is not served: {', '.join(COMMANDS)} are")
            prepared = self._prepared = self._workspace.prepare(self._say, self._go_on)
            launch = command(prepared)
        except (StopFirstError, StaleError, _LaunchFailure):
            raise
        except (ArgumentError, GlueError, LocationError) as error:
            raise _LaunchFailure(str(error)) from error
        except InstallError as error:
            self._go_on()
            raise _LaunchFailure(str(error)) from error
        except Exception as error:
            self._go_on()
            traceback.print_exc()
            raise _LaunchFailure(f"{type(error).__name__}: {error}") from error
        self._go_on()
        for note in launch.notes:
            self._say(note)
        return launch

    def _ask_to_start(self) -> None:
        """Exactly one runner gets a yes for a run (promise P2); while the server is away, ask again."""
        token = uuid.uuid4().hex
        for pause in backoff():
            sent = boot_s()
            try:
                self._link.started(token, self._told)
                self._intent.answered(sent)
                return
            except RefusedError as error:
                raise _LaunchFailure(str(error)) from error
            except ServerAwayError as error:
                if time.monotonic() - self._launched > self._plan.launch_deadline_s:
                    raise _LaunchFailure(f"the server did not answer: {error}") from error
                time.sleep(pause)

    def _boot(self, launch: Launch) -> Booted:
        """Start the launcher and wait until it could run the script.

        A first byte lets it go on, once it is in the run's group; another one lets the script start.
        """
        ready, ready_end = os.pipe()
        go_end, go = os.pipe()
        group = make_group(self._place, self._plan, self._workspace.group)
        streams = {"stdout": self._output_end, "stderr": self._error_end}
        environment = launch.environment
        if self._terminal is not None:
            streams = dict.fromkeys(("stdin", "stdout", "stderr"), self._terminal.slave)
            environment = {**environment, "TERM": self._terminal.kind}
        try:
            argv = [*launch.argv, str(ready_end), str(go_end)]
            bwrap = self._bwrap if group is None else None
            tree = self._tree = Tree(argv, environment, launch.cwd, **streams, inherit=(ready_end, go_end), bwrap=bwrap)
        except OSError as error:
            if group is not None:
                group.remove()
            raise _LaunchFailure(f"the process could not be started: {error.strerror}") from error
        finally:
            self._piped = True
            for descriptor in (ready_end, go_end, self._output_end, self._error_end):
                os.close(descriptor)
        if bwrap is not None and not tree.has_namespace:
            self._say(f"this run has no PID namespace of its own: {bwrap} failed")
        held = group if group is not None and tree.enter(group) else None
        memory = self._memory = Memory(held, self._plan.memory_mb)
        memory.start()
        if launch.share:
            self._say(f"this run has {launch.share}; its memory is {memory.means}")
        with suppress(BrokenPipeError):  # it has died already; the wait below says of what
            os.write(go, b"!")
        self._await_ready(tree, memory, ready)
        os.close(ready)
        return Booted(tree=tree, memory=memory, go=go)

    def _await_ready(self, tree: Tree, memory: Memory, ready: int) -> None:
        self._tell()
        os.set_blocking(ready, False)
        left_s = self._launched + self._plan.launch_deadline_s - time.monotonic()
        ended = tree.wait(left_s, ready, *self._wakes(memory))
        self._check_intent()
        if memory.exceeded():
            raise _LaunchFailure(f"{self._plan.memory_mb} MiB of memory are not enough to start")
        try:
            if os.read(ready, 1):
                return
        except BlockingIOError as error:
            raise _LaunchFailure(f"not ready {self._plan.launch_deadline_s:.0f} s after the launch") from error
        # The launcher closed its end without a word: it is ending.
        ended = ended or tree.wait(LOG_DEADLINE_S)
        told = None if ended is None else self._explain(ended).message
        raise _LaunchFailure(told or "the interpreter ended before the script began")

    def _tell(self) -> None:
        """Put together what is told of the code, while its interpreter starts: so also the import is free."""
        from openglue.runner.report import report

        if self._prepared is not None:
            self._told = report(self._prepared)

    def _execute(self, booted: Booted) -> Outcome:
        """User code runs. It ends by itself, at its timeout, for lack of memory, or because a stop was asked."""
        began = boot_s()
        if began >= self._intent.cut_off_at:
            # Frozen since it was allowed to start: somebody else may count the run as lost by now.
            os.close(booted.go)
            return self._cut_off(booted.tree)
        if self._terminal is not None:
            self._terminal.give_away()
        with suppress(BrokenPipeError):  # it has died since it was ready; the wait below says of what
            os.write(booted.go, b"!")
        os.close(booted.go)
        outcome = self._await_end(booted.tree, booted.memory, began + self._plan.timeout_s)
        return replace(outcome, execution_ms=int((boot_s() - began) * 1000), ended_on=time.time_ns() // 1_000_000)

    def _await_end(self, tree: Tree, memory: Memory, deadline: float) -> Outcome:
        while True:
            left_s = min(deadline, self._intent.cut_off_at) - boot_s()
            if self._restart.is_asked or self._intent.wanted == "restart":
                left_s = min(left_s, LOOK_S)
            ended = tree.wait(left_s, *self._wakes(memory))
            # Whichever of its processes it was, and however the script took it: a run that needed more is over.
            if memory.exceeded():
                tree.sweep()
                self._say(f"this run went beyond its {self._plan.memory_mb} MiB of memory, which is {memory.means}")
                return Outcome(ending=Ending.OUT_OF_MEMORY)
            if ended is not None:
                if tree.refusals():
                    self._say(f"this run wanted more than {self._plan.tasks} processes and threads at a time")
                return Outcome(ending=Ending.EXPIRED) if self._restart.has_begun else self._explain(ended)
            ending = self._obey(tree)
            if ending is not None:
                tree.terminate(self._grace_s())
                return Outcome(ending=ending)
            if self._has_hung_up():
                tree.terminate(self._grace_s())
                return Outcome(ending=Ending.SIGNALLED, signal=signal.SIGHUP)
            if boot_s() >= deadline:
                tree.terminate(self._grace_s())
                return Outcome(ending=Ending.TIMED_OUT)
            if boot_s() >= self._intent.cut_off_at:
                return self._cut_off(tree)

    def _grace_s(self) -> float:
        """How long the tree may take to end in order: nothing of it executes when others may count the run as lost."""
        return min(self._plan.stop_grace_s, max(self._intent.cut_off_at - boot_s(), 0.0))

    def _cut_off(self, tree: Tree) -> Outcome:
        # At once: what is left of the lease is the time for it.
        tree.sweep()
        self._say(f"this run was ended: no server has answered for {self._plan.fence_after_s:.0f} s")
        return Outcome(ending=Ending.WORKER_LOST)

    def _obey(self, tree: Tree) -> Ending | None:
        """Do what is wanted of the run; how it is to be ended, if it is."""
        wanted = self._intent.heed()
        if wanted == "stale":
            raise StaleError
        if wanted == "stop":
            return Ending.STOPPED
        if wanted == "restart" and self._restart.ask():
            self._say("this run is to be restarted for maintenance: its streams end with their micro-batches")
        if wanted == "run" and self._restart.give_up():
            self._say("its streams did not end in time to restart this run, which goes on")
        if self._restart.is_done:
            # What comes after the streams is the script's, and is given a moment.
            tree.wait(self._grace_s())
            return Ending.EXPIRED
        return Ending.EXPIRED if wanted == "expire" else None

    def _wakes(self, memory: Memory) -> tuple[int, ...]:
        """What may end the wait for the tree, beside its own end."""
        wakes = (self._intent.wake, memory.wake)
        return wakes if self._terminal is None else (*wakes, self._terminal.wake)

    def _has_hung_up(self) -> bool:
        return self._terminal is not None and self._terminal.has_hung_up

    def _explain(self, ended: Exit) -> Outcome:
        """How the process ended, and what the launcher says about the script."""
        if ended.signal is not None:
            return Outcome(ending=Ending.SIGNALLED, signal=ended.signal)
        try:
            failure = json.loads(self._workspace.failure.read_text(errors="surrogatepass"))
        except FileNotFoundError:
            return Outcome(ending=Ending.EXITED, exit_code=ended.code)
        message = missing_bucket(failure["message"]) or failure["message"]
        lacked = failure["exception"] == "MemoryError" or "java.lang.OutOfMemoryError" in message
        return Outcome(
            ending=Ending.OUT_OF_MEMORY if lacked else Ending.EXITED,
            exit_code=ended.code,
            exception=failure["exception"],
            message=message.encode(errors="replace").decode(),
            line=failure["line"],
        )

    def _clean_up(self) -> None:
        """Nothing of the run's tree is left when its end is reported, or else its log says what."""
        if self._memory is not None:
            self._memory.end()
        if self._tree is not None and (left := self._tree.sweep()):
            self._say(f"this run leaves processes that could not be ended: {', '.join(map(str, left))}")
        if self._terminal is not None:
            self._terminal.close()

    def _report(self, outcome: Outcome) -> int:
        if not self._piped:
            os.close(self._output_end)
            os.close(self._error_end)
        if not Delivery(self._link, self._pump, self._workspace, self._faults).deliver(outcome):
            return 1
        self._intent.end()
        self._pump.close(LOG_DEADLINE_S)
        return 0

    def _send_log(self, stream: str, offset: int, data: bytes) -> int:
        try:
            return self._link.send_log(stream, offset, data)
        except (RefusedError, StaleError) as error:
            raise NotTakenError from error

    def _say(self, text: str) -> None:
        self._pump.add("error", f"openglue: {text}")
        if self._terminal is not None:
            self._terminal.say(f"openglue: {text}")

    def _go_on(self) -> None:
        """Whether to prepare further: raises what ends it, a stop or the deadline."""
        self._check_intent()
        if time.monotonic() - self._launched > self._plan.launch_deadline_s:
            raise _LaunchFailure(f"not ready {self._plan.launch_deadline_s:.0f} s after the launch")

    def _check_intent(self) -> None:
        if self._intent.wanted == "stop":
            raise StopFirstError
        if self._intent.wanted == "stale":
            raise StaleError
        if self._has_hung_up():
            raise _LaunchFailure("the terminal in which to debug it has gone")
