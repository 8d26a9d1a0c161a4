"""pythonshell: a plain Python process with the library set that the job asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from openglue.commands import entry
from openglue.commands.command import Launch, Prepared, base_environment


def launch(prepared: Prepared) -> Launch:
    return Launch(
        argv=launcher_argv(prepared, jvm=None),
        environment=base_environment(prepared, os.environ.get("PATH", os.defpath)),
        cwd=prepared.work,
        share=f"{prepared.plan.memory_mb} MiB of memory",
        notes=[],
    )


def launcher_argv(prepared: Prepared, *, jvm: dict[str, Any] | None) -> list[str]:
    """The launcher and its assignment, which it reads from a file that it removes."""
    assignment = prepared.scratch.parent / "assignment.json"
    assignment.touch(mode=0o600)
    assignment.write_text(
        json.dumps(
            {
                "script": str(prepared.script),
                "arguments": prepared.arguments,
                "failure": str(prepared.failure),
                "jvm": jvm,
            }
        )
    )
    return [str(prepared.runtime.python), str(Path(entry.__file__)), str(assignment)]
