"""pythonshell: a plain Python process with the library set that the job asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from openglue.commands import entry
from openglue.commands.command import Launch, Prepared, base_environment
from openglue.model.plan import Plan


def launch(prepared: Prepared) -> Launch:
    return Launch(
        argv=launcher_argv(prepared, jvm=None),
        environment=base_environment(prepared, os.environ.get("PATH", os.defpath)),
        cwd=prepared.work,
        share=_share(prepared.plan),
        notes=[],
    )


def _share(plan: Plan) -> str:
    """Said of a run that gets less than Glue would give: the standard error of other scripts is their own."""
    if plan.memory_mb >= plan.asked_mb:
        return ""
    return f"{plan.memory_mb} MiB of memory, which its machine has for it, instead of {plan.asked_mb}"


def launcher_argv(prepared: Prepared, *, jvm: dict[str, Any] | None, restart: Path | None = None) -> list[str]:
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
                "restart": None if restart is None else str(restart),
            }
        )
    )
    return [str(prepared.runtime.python), str(Path(entry.__file__)), str(assignment)]
