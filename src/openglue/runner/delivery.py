"""How a run's end gets to the server: its log first, then its outcome, which is on disk as well."""

from __future__ import annotations

import time
from contextlib import suppress

from openglue.faultpoints import FaultPoints
from openglue.model.outcome import Outcome
from openglue.runner.link import Link, ServerAwayError, StaleError, backoff
from openglue.runner.pump import Pump
from openglue.runner.workspace import Workspace

#: Seconds given to the log before the end is written down, and for which one that the server refuses is still offered.
LOG_DEADLINE_S = 5.0
#: Seconds for which an outcome is offered to a server that is away. It is on disk as well.
REPORT_DEADLINE_S = 24 * 3600.0


class Delivery:
    def __init__(self, link: Link, pump: Pump, workspace: Workspace, faults: FaultPoints) -> None:
        self._link = link
        self._pump = pump
        self._workspace = workspace
        self._faults = faults

    def deliver(self, outcome: Outcome) -> bool:
        """Whether the server has acknowledged the outcome; otherwise it is not ours to report, or too late for it."""
        self._pump.close(LOG_DEADLINE_S)
        self._faults.reach("runner: before outcome")
        is_left = self._leave(outcome)
        self._faults.reach("runner: after outcome")
        deadline = time.monotonic() + REPORT_DEADLINE_S
        pauses = backoff()
        while True:
            try:
                # Whoever reads the log of a run that has ended takes it for complete: a server that was away gets it
                # first, for as long as that takes.
                if self._pump.close(LOG_DEADLINE_S) or self._pump.is_refused:
                    self._link.finished(outcome)
                    return True
            except StaleError:
                return False
            except ServerAwayError:
                pass
            # A server that read the outcome from disk has no need of us, and takes the workspace away.
            if time.monotonic() > deadline or not self._workspace.root.exists():
                return False
            time.sleep(next(pauses))
            is_left = is_left or self._leave(outcome)

    def _leave(self, outcome: Outcome) -> bool:
        """Write the outcome down, if there is room for it: the server is told all the same."""
        with suppress(OSError):
            self._workspace.leave(outcome)
            return True
        return False
