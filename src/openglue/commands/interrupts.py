"""Ctrl-C while Spark works for somebody at a terminal: the statement is given up, and its session lives on.

A part of the launcher, so of the standard library alone. PySpark's own handler calls Spark on the very connection on
which the main thread awaits an answer, and spoils it. This one cancels the jobs from another thread, which has a
connection of its own, and the main thread takes its answer, that they were cancelled, before it is interrupted.
"""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from typing import Any

#: Seconds for Spark to take the order to cancel its jobs.
ORDER_DEADLINE_S = 2.0
#: Seconds for the answer to come after that. A call that is no job, such as waiting for a stream, has none.
ANSWER_DEADLINE_S = 5.0


class Cancellation(threading.Thread):
    """Ends Spark's jobs, and interrupts the main thread once more if its answer does not come."""

    def __init__(self, context: Any) -> None:
        super().__init__(name="openglue-interrupt", daemon=True)
        self._context = context
        self.is_ordered = threading.Event()
        self.is_answered = threading.Event()

    def run(self) -> None:
        # A context that has been stopped has no jobs.
        with suppress(Exception):
            self._context.cancelAllJobs()
        self.is_ordered.set()
        if not self.is_answered.wait(ANSWER_DEADLINE_S):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class Interrupts:
    def __init__(self) -> None:
        #: Whether the main thread awaits an answer of Spark's.
        self._is_waiting = False
        self._cancellation: Cancellation | None = None

    def install(self) -> None:
        """Take Ctrl-C, and take it back from each SparkContext that is made: it has a handler of its own."""
        from py4j.java_gateway import GatewayClient  # type: ignore[import-not-found] # it is the job's
        from pyspark import SparkContext

        send, begin = GatewayClient.send_command, SparkContext._do_init  # noqa: SLF001 - where it takes Ctrl-C

        def send_command(client: Any, *arguments: Any, **options: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                return send(client, *arguments, **options)
            self._is_waiting = True
            try:
                return send(client, *arguments, **options)
            finally:
                self._is_waiting = False
                self._interrupt()

        def do_init(context: Any, *arguments: Any, **options: Any) -> None:
            begin(context, *arguments, **options)
            self._take()

        GatewayClient.send_command = send_command
        SparkContext._do_init = do_init  # noqa: SLF001
        self._take()

    def _take(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._handle)

    def _handle(self, _number: int, _frame: Any) -> None:
        from pyspark import SparkContext

        context = SparkContext._active_spark_context  # noqa: SLF001 - there is no public way to ask
        if context is not None and self._cancellation is None:
            self._cancellation = Cancellation(context)
            self._cancellation.start()
            if self._is_waiting:
                return
        # Py4J lets go of a connection on which it is interrupted.
        self._interrupt()
        raise KeyboardInterrupt

    def _interrupt(self) -> None:
        """Raise KeyboardInterrupt if one is due, when what comes next can no longer be cancelled with it."""
        cancellation, self._cancellation = self._cancellation, None
        if cancellation is not None:
            cancellation.is_answered.set()
            cancellation.is_ordered.wait(ORDER_DEADLINE_S)
            raise KeyboardInterrupt
