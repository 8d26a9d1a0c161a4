"""The `openglue` command.

Commands are listed in one table, in `program.py`; each is a module of its own that is imported when it is called, so
that `openglue --help` stays fast. What is about runs goes through the same AWS operations as everyone's (`service.py`).
"""

from openglue.cli.program import main

__all__ = ["main"]
