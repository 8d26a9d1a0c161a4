"""Histories of runs, as GetJobRunHistory answers, written in few words."""

from __future__ import annotations

from typing import Any

from openglue.cli.history import History

RUN_ID = f"jr_{'0123456789abcdef' * 4}"
#: Epoch seconds of the acceptance.
BEGAN = 1_700_000_000.0
SCRIPT = "import sys\n\nday = sys.argv[1]\nprint(days[day])\nprint('done')\n"

ACCEPTED = (0.0, "accepted", "STARTING")
CLAIMED = (0.01, "claimed", "STARTING")
LAUNCHED = (0.02, "launched", "STARTING")
STARTED = (0.1, "started", "RUNNING")
ENVIRONMENT = {
    "Runtime": "pythonshell-none",
    "RuntimeDigest": "0123456789ab",
    "Python": "3.11.7",
    "MemoryMb": 1024,
    "System": "Linux 6.1.0 x86_64",
    "OpenGlue": "0.1.0",
}


def history(
    *steps: tuple[Any, ...],
    run: dict[str, Any] | None = None,
    definition: dict[str, Any] | None = None,
    script: str | None = None,
    **members: Any,
) -> History:
    """A history from its steps: seconds after the acceptance, cause, state, and perhaps a detail."""
    ledger: list[dict[str, Any]] = []
    for after, cause, state, *detail in steps:
        entry = {"At": BEGAN + after, "To": state, "Cause": cause, "Actor": "node-1"}
        if ledger:
            entry["From"] = ledger[-1]["To"]
        ledger.append({**entry, **({"Detail": detail[0]} if detail else {})})
    document = {
        "JobRun": {
            "Id": RUN_ID,
            "JobName": "nightly",
            "JobRunState": ledger[-1]["To"],
            "StartedOn": BEGAN,
            "LastModifiedOn": ledger[-1]["At"],
            "Timeout": 2880,
            "LogGroupName": "/aws-glue/python-jobs",
            **(run or {}),
        },
        "RetryNumber": 0,
        "Ledger": ledger,
        "Definition": {"Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/nightly.py"}, **(definition or {})},
        "MergedArguments": {},
        **members,
    }
    return History(document=document, script=script)
