"""The seam to where runs execute.

An engine places one runner per claimed run and says what has become of it. It is never the authority on a run's end:
the store is, told by the runner or by the agent that looks here (spec/dependencies 0.5).
"""

from __future__ import annotations

from typing import Protocol

from openglue.model.decide import Worker
from openglue.model.plan import Plan


class LaunchError(Exception):
    """A runner could not be started; the message becomes the run's ErrorMessage."""


class Engine(Protocol):
    def launch(self, plan: Plan) -> None:
        """Start the runner of a claimed run, detached: it outlives this server. Raises LaunchError."""

    def look(self, run_id: str, fence: int) -> Worker:
        """Alive, exited (with its outcome), or gone; unknown where that cannot be told now."""

    def has_runner(self, run_id: str, fence: int) -> bool:
        """Whether its runner lives, be it only to report; so it may where that cannot be told now."""

    def kill(self, run_id: str, fence: int) -> None:
        """End the runner and what it started, now."""

    def clear(self, run_id: str, fence: int, *, failed: bool = False) -> bool:
        """After the run's end: sweep what is left of its processes and remove its workspace.

        False: it is not empty yet, or that cannot be told now.

        That of a run that `failed` may be kept.
        """

    def tend(self) -> None:
        """Between rounds: prepare what makes the next launch fast, and let go of what is not needed."""

    def held(self) -> list[tuple[str, int]]:
        """(run id, fence) of everything that `clear` has not removed yet."""
