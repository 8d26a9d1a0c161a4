"""The prompt of `openglue run --debug`: pdb where a script failed or calls breakpoint(), its session alive.

A part of the launcher, so of the standard library alone. Standard input and output are the terminal of whoever debugs.
"""

from __future__ import annotations

import bdb
import os
import pdb  # noqa: T100 - it is what this module is made of
import re
import sys
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any

#: What ends a script and is no fault to be looked at: Ctrl-C, and leaving the prompt of a breakpoint().
NO_FAULTS = (KeyboardInterrupt, bdb.BdbQuit)
#: `n = 5` and `n += 5`: Python, and no command that is called n.
_ASSIGNMENT = re.compile(r"\s*[^\W\d]\w*\s*(?:[-+*/%@&|^]|//|\*\*|<<|>>)?=(?!=)")


def serve_breakpoints() -> None:
    """Have breakpoint() open the prompt where it is called."""
    sys.breakpointhook = _stop


def _stop(*arguments: Any, **options: Any) -> Any:
    if "PYTHONBREAKPOINT" in os.environ:
        # The script has said itself what it means, such as "0": nothing.
        return sys.__breakpointhook__(*arguments, **options)  # noqa: T100 - Python's own
    frame = sys._getframe().f_back  # noqa: SLF001 - as pdb finds its caller
    assert frame is not None  # noqa: S101 - somebody has called
    _define_session(frame)
    return Prompt().set_trace(frame)


def examine(error: BaseException, own: Sequence[FrameType]) -> None:
    """Open the prompt at the last of the user's `own` frames, until the user leaves it.

    A script that does not compile has none, and opens no prompt.
    """
    trace = error.__traceback__
    while trace is not None and own and trace.tb_frame is not own[0]:
        trace = trace.tb_next
    if trace is None or not own or isinstance(error, NO_FAULTS):
        return
    prompt = Prompt(own)
    prompt.reset()
    prompt.message("openglue: the script has failed; its variables and its session are as they were. q ends the run")
    prompt.interaction(None, trace)


class Prompt(pdb.Pdb):
    """Left by `q`, Ctrl-D, or Ctrl-C twice. `down` leads from the user's own last line into what that called."""

    def __init__(self, own: Sequence[FrameType] = ()) -> None:
        """Of a script that has failed it opens at the last of its user's `own` frames."""
        # No ~/.pdbrc: the home of a run is its working directory. Ctrl-C is for the script: pdb's way with it spoils
        # what Spark is about to answer.
        super().__init__(readrc=False, nosigint=True)
        self._own = own
        self._interrupted = False

    def setup(self, f: FrameType | None, tb: TracebackType | None) -> Any:
        done = super().setup(f, tb)
        if self._own:
            self.curindex = max(index for index, (frame, _) in enumerate(self.stack) if frame in self._own)
            self.curframe = self.stack[self.curindex][0]
            self.curframe_locals = self.curframe.f_locals
            _define_session(self.curframe)
        return done

    def cmdloop(self, intro: Any = None) -> None:
        try:
            super().cmdloop(intro)
        except KeyboardInterrupt:
            if self._interrupted:
                self.message("")
                self.do_quit("")
                return
            self._interrupted = True
            self.message("\nopenglue: Ctrl-C once more ends the run")
            raise

    def precmd(self, line: str) -> str:
        self._interrupted = False
        line = super().precmd(line)
        return f"!{line}" if _ASSIGNMENT.match(line) else line


def _define_session(frame: FrameType) -> None:
    for name, value in _session().items():
        frame.f_globals.setdefault(name, value)


def _session() -> dict[str, Any]:
    """`spark` and `glueContext` of the script's session, for scripts that have no such names."""
    if "pyspark.sql" not in sys.modules:
        return {}
    spark = sys.modules["pyspark.sql"].SparkSession.getActiveSession()
    if spark is None:
        return {}
    found = {"spark": spark}
    if "awsglue.context" in sys.modules:
        found["glueContext"] = sys.modules["awsglue.context"].GlueContext(spark.sparkContext)
    return found
