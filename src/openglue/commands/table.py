"""What a run can execute, by Glue's Command.Name. Add a command here."""

from __future__ import annotations

from collections.abc import Callable

from openglue.commands import glueetl, gluestreaming, pythonshell
from openglue.commands.command import Launch, Prepared

COMMANDS: dict[str, Callable[[Prepared], Launch]] = {
    "glueetl": glueetl.launch,
    "gluestreaming": gluestreaming.launch,
    "pythonshell": pythonshell.launch,
}
