"""The runner's side of a maintenance restart: it asks for the end of the streams, and sees what has become of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from openglue.commands.streams import ASKED, BEGUN, DONE

#: Seconds between two looks at how far the streams have come.
LOOK_S = 0.2


class Restart:
    def __init__(self, folder: Path) -> None:
        self._asked, self._begun, self._done = (folder / name for name in (ASKED, BEGUN, DONE))

    def ask(self) -> bool:
        """Ask the streams to end; False if they were asked already, or if the disk does not take it."""
        if self.is_asked:
            return False
        with suppress(OSError):
            self._asked.touch()
        return self.is_asked

    def give_up(self) -> bool:
        """Let the streams go on; False if they were not asked, have begun to end, or the disk does not take it."""
        if self.has_begun or not self.is_asked:
            return False
        with suppress(OSError):
            self._asked.unlink(missing_ok=True)
        # A stream may have seen it meanwhile.
        return not self.is_asked

    @property
    def is_asked(self) -> bool:
        """Whether the streams are to end. Once one of them has begun to, there is no way back."""
        return self._asked.exists() or self.has_begun

    @property
    def has_begun(self) -> bool:
        """A stream has been ended: whatever becomes of the script now, another run goes on."""
        return self._begun.exists()

    @property
    def is_done(self) -> bool:
        """All streams have ended; the script may not."""
        return self._done.exists()
