"""The intent thread: what is wanted of the run, asked for as long as it lives. It is the heartbeat, too."""

from __future__ import annotations

import math
import os
import threading
import time
from contextlib import suppress

from openglue.clock import boot_s
from openglue.runner.link import Link, ServerAwayError, StaleError, backoff


class Intent:
    """What is wanted: "run", "restart" (a stream's run, in order, if it can), or its end: "stop", "expire" or "stale".

    Only of a stale run nothing is asked any more: the others keep their lease until their end is reported.
    The descriptor `wake` becomes readable when that changes, and stays so until `heed`.
    """

    def __init__(self, link: Link, *, fence_after_s: float | None) -> None:
        """Without an answer for `fence_after_s`, others may count the run as lost."""
        self._link = link
        self._fence_after_s = math.inf if fence_after_s is None else fence_after_s
        #: Boot time at which the last heartbeat was sent that was answered.
        self._renewed = boot_s()
        self.wanted = "run"
        self.wake, self._ring = os.pipe()
        os.set_blocking(self.wake, False)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="intent", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """The end is reported: nothing is asked any more. The thread, a daemon, may still sit in its last request."""
        self._over.set()

    def answered(self, sent: float) -> None:
        """A server that renewed the lease has answered what was sent then, boot time in seconds."""
        self._renewed = max(self._renewed, sent)

    @property
    def cut_off_at(self) -> float:
        """Boot time in seconds at which nothing of the run may execute any more, unless a heartbeat is answered."""
        return self._renewed + self._fence_after_s

    def heed(self) -> str:
        """What is wanted now."""
        with suppress(BlockingIOError):
            os.read(self.wake, 64)
        return self.wanted

    def _watch(self) -> None:
        try:
            self._ask()
        finally:
            self._link.close()

    def _ask(self) -> None:
        pauses = backoff()
        # Who knows nothing is answered at once: after an outage the first answer is the heartbeat that counts.
        known = ""
        while not self._over.is_set():
            sent = boot_s()
            try:
                wanted = self._link.intent(known)
                self.answered(sent)
                pauses = backoff()
            except StaleError:
                wanted = "stale"
            except ServerAwayError:
                # A server that is away is no reason to touch healthy user code before `cut_off_at` (design 5).
                known = ""
                time.sleep(next(pauses))
                continue
            known = wanted
            if wanted == self.wanted or self._over.is_set():
                continue
            self.wanted = wanted
            os.write(self._ring, b"!")
            if wanted == "stale":
                return
