"""Runs that wait while a test does what their scripts would do about the bookmark of their job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Glue
from tests.bookmarked import WAITS, Script, state

from openglue.testing import OpenGlue


class Runs:
    """Jobs whose runs wait until they are told to end."""

    def __init__(self, glue: Glue, service: OpenGlue, folder: Path) -> None:
        self.glue = glue
        self._service = service
        self._file = folder / "wait"
        self._file.touch()
        self._going: list[tuple[str, str]] = []

    def job(self, **members: Any) -> str:
        return self.glue.job(WAITS.format(file=str(self._file)), **members)

    def start(self, job: str) -> Script:
        run_id = self.glue.start(job)
        self._going.append((job, run_id))
        self.glue.wait(job, run_id, {"RUNNING"})
        return Script.of(self._service.url, self._service.data, run_id)

    def end(self) -> None:
        self._file.unlink()
        for job, run_id in self._going:
            self.glue.wait(job, run_id, {"SUCCEEDED"})
        self._going.clear()
        self._file.touch()

    def successful(self, job: str, number: int) -> str:
        """A run that commits a state with that number; its id."""
        script = self.start(job)
        assert script.commit(script.begin()[1]["rev"], state(number))[0] == 200
        self.end()
        return script.run_id

    def failed(self, job: str) -> str:
        """A run that begins, and does not commit; its id."""
        script = self.start(job)
        assert script.begin()[0] == 200
        self.end()
        return script.run_id

    def entry(self, job: str, **request: str) -> dict[str, Any]:
        return self.glue("GetJobBookmark", JobName=job, **request)["JobBookmarkEntry"]
