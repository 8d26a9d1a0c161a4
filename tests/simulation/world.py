"""The world of the simulation: all that a run's life depends on, as one value.

A job with MaxConcurrentRuns 1 and MaxRetries 1, two servers on one database, the runners that they launch, and the
job's bookmark. Time is only what follows from it: a lease that may be over, a server that has been up long enough.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from openglue.model.outcome import Ending
from openglue.model.states import RunState


class Phase(StrEnum):
    """How far a runner has come."""

    BOOTED = "booted"  #: it will ask whether user code may start
    GRANTED = "granted"  #: it may
    RUNNING = "running"  #: user code runs
    WRITTEN = "written"  #: user code and all its processes are gone, and the outcome is on disk
    GONE = "gone"  #: the process has left, or was killed


class Row(NamedTuple):
    """A run, as the database has it."""

    state: RunState
    fence: int
    #: The server that claimed it.
    owner: int | None
    #: Whether the lease is over.
    lapsed: bool
    #: The runner, by its fence, whose start token was taken.
    token: int | None
    ending: Ending | None
    #: Runs that its end has added.
    retries: int


class Runner(NamedTuple):
    """The runner that was launched for a run under a fence, and what it leaves."""

    run: int
    fence: int
    #: The machine it is on: that of the server which launched it.
    node: int
    phase: Phase
    paused: bool = False
    #: What happened to user code.
    ending: Ending | None = None
    exit_code: int | None = None
    #: The outcome file is there.
    file: bool = False
    #: Processes of user code that outlived the runner.
    orphans: bool = False
    #: The bookmark's rev when user code began with it.
    begun: int | None = None

    @property
    def lives(self) -> bool:
        return self.phase is not Phase.GONE

    @property
    def user_code(self) -> bool:
        """Whether user code executes."""
        return self.phase is Phase.RUNNING or self.orphans


class Todo(NamedTuple):
    """What a server has decided and not done yet, about the run as it saw it."""

    kind: str
    run: int
    seen: Row
    ending: Ending | None = None
    exit_code: int | None = None


class Server(NamedTuple):
    up: bool = True
    #: Up for longer than a lease and the grace: it may take over what other servers own.
    settled: bool = True
    todo: tuple[Todo, ...] = ()


class Bookmark(NamedTuple):
    rev: int = 0
    #: The run and fence that committed last; None after a reset.
    by: tuple[int, int] | None = None


class World(NamedTuple):
    rows: tuple[Row, ...]
    runners: tuple[Runner, ...] = ()
    servers: tuple[Server, ...] = (Server(),)
    bookmark: Bookmark = Bookmark()
    #: How often user code of each run has started.
    starts: tuple[int, ...] = (0, 0)
    #: Faults, stops and resets that may still happen.
    faults: int = 0
    stops: int = 0
    resets: int = 0

    def runner(self, run: int, fence: int) -> Runner | None:
        return next((one for one in self.runners if (one.run, one.fence) == (run, fence)), None)

    def with_row(self, run: int, row: Row) -> World:
        return self._replace(rows=(*self.rows[:run], row, *self.rows[run + 1 :]))

    def with_runner(self, runner: Runner) -> World:
        """The world with this runner as it is now."""
        others = [one for one in self.runners if (one.run, one.fence) != (runner.run, runner.fence)]
        return self._replace(runners=tuple(sorted([*others, runner], key=lambda one: (one.run, one.fence))))

    def without(self, runner: Runner) -> World:
        """The world without the runner, all that it left, and its files."""
        return self._replace(runners=tuple(one for one in self.runners if one != runner))

    def with_server(self, node: int, server: Server) -> World:
        return self._replace(servers=(*self.servers[:node], server, *self.servers[node + 1 :]))


ACCEPTED = Row(RunState.STARTING, fence=0, owner=None, lapsed=False, token=None, ending=None, retries=0)
