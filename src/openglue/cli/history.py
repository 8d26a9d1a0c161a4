"""All that the service knows of one run, as `runs explain` and `runs diff` read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openglue.cli.failure import ServiceError
from openglue.cli.service import Service


@dataclass(frozen=True, kw_only=True)
class History:
    #: The answer of GetJobRunHistory.
    document: Mapping[str, Any]
    #: Text of the script that it ran, where that is known and kept.
    script: str | None

    @property
    def run(self) -> Mapping[str, Any]:
        run: Mapping[str, Any] = self.document["JobRun"]
        return run

    @property
    def state(self) -> str:
        return str(self.run["JobRunState"])

    @property
    def definition(self) -> Mapping[str, Any]:
        definition: Mapping[str, Any] = self.document["Definition"]
        return definition

    @property
    def command(self) -> str:
        return str(self.definition["Command"].get("Name") or "glueetl")

    @property
    def location(self) -> str:
        """Where the script is from: an argument may say otherwise than the definition."""
        arguments = self.document["MergedArguments"]
        return str(arguments.get("--scriptLocation") or self.definition["Command"].get("ScriptLocation") or "")

    @property
    def outcome(self) -> Mapping[str, Any]:
        """What the runner reported; empty if nothing did."""
        outcome: Mapping[str, Any] = self.document.get("Outcome", {})
        return outcome

    @property
    def environment(self) -> Mapping[str, Any]:
        """What the code ran in; empty if it has not started."""
        environment: Mapping[str, Any] = self.document.get("Environment", {})
        return environment

    @property
    def ledger(self) -> Sequence[Mapping[str, Any]]:
        ledger: Sequence[Mapping[str, Any]] = self.document["Ledger"]
        return ledger

    def entries(self, cause: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self.ledger if entry["Cause"] == cause]

    def at(self, cause: str) -> float | None:
        """When that happened first, in epoch seconds; None if it did not."""
        return next((entry["At"] for entry in self.entries(cause)), None)


def fetch(service: Service, run_id: str) -> History:
    """Raises ServiceError."""
    document = service.own("GetJobRunHistory", RunId=run_id)
    return History(document=document, script=_script(service, document.get("ScriptSha256")))


def _script(service: Service, sha: str | None) -> str | None:
    if sha is None:
        return None
    try:
        return str(service.own("GetScript", Sha256=sha)["Text"])
    except ServiceError as error:
        # Of a long script, or one that is no text, only the hash is known.
        if error.shape != "EntityNotFoundException":
            raise
        return None


def last_lines(service: Service, run: Mapping[str, Any], count: int) -> list[str]:
    """The last lines of a run's error stream; none if there is no such stream."""
    try:
        page = service.logs(
            "GetLogEvents",
            logGroupName=f"{run['LogGroupName']}/error",
            logStreamName=run["Id"],
            startFromHead=False,
            limit=count,
        )
    except ServiceError as error:
        if error.shape != "ResourceNotFoundException":
            raise
        return []
    return [event["message"] for event in page["events"]]
