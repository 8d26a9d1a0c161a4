"""The code of bookmarks with one line of it wrong: each is a mistake that such code can have.

A mutant is put into the running code: the function gets the code that it would have if it said something else.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from awsglue.bookmarks import session, sources, state, window
from awsglue.files import Listing
from openglue.api import bookmark_protocol
from openglue.model import bookmark
from openglue.store import bookmarking


@dataclass(frozen=True, kw_only=True)
class Mutant:
    mistake: str
    of: Callable[..., Any]
    says: str
    would_say: str
    #: The promises of which it breaks one first, as a regular expression.
    breaks: str

    @contextmanager
    def alive(self) -> Iterator[None]:
        function = inspect.unwrap(self.of)
        assert isinstance(function, FunctionType)
        text = textwrap.dedent(inspect.getsource(function))
        assert text.count(self.says) == 1, f"{function.__qualname__} says {self.says!r} no more, or more than once"
        text = text.replace(self.says, self.would_say)
        made: dict[str, Any] = {}
        flags = __future__.annotations.compiler_flag
        exec(compile(text, f"<{self.mistake}>", "exec", flags), dict(function.__globals__), made)  # noqa: S102
        [wrong] = made.values()
        right = function.__code__
        function.__code__ = getattr(wrong, "fget", wrong).__code__
        try:
            yield
        finally:
            function.__code__ = right


#: Add a mutant here.
MUTANTS = (
    Mutant(
        mistake="the band begins a millisecond too early",
        of=state.FileState.settled.fget,
        says="self.listed_at - self.band_ms",
        would_say="self.listed_at - self.band_ms - 1",
        breaks="B[126]",
    ),
    Mutant(
        mistake="files of the band are forgotten by the run after the next",
        of=window.choose,
        says="for known, modified in remembered.items() if modified > settled",
        would_say="for known, modified in remembered.items() if False",
        breaks="B[16]",
    ),
    Mutant(
        mistake="files that are left count as read",
        of=window.choose,
        says="settled = min(settled, left_from - 1)",
        would_say="pass",
        breaks="B[26]",
    ),
    Mutant(
        mistake="files of the same time as one that is left count as read",
        of=window.choose,
        says="left_from - 1",
        would_say="left_from",
        breaks="B[26]",
    ),
    Mutant(
        mistake="a wider band goes back behind what is settled",
        of=window.choose,
        says="settled = max(settled, before.settled)",
        would_say="pass",
        breaks="B[126]",
    ),
    Mutant(
        mistake="files that are dated later are read at once",
        of=window.choose,
        says="file.modified > listed_at",
        would_say="False",
        breaks="B[23]",
    ),
    Mutant(
        mistake="files that come too late are not named",
        of=window.choose,
        says="file.changed > before.listed_at",
        would_say="False",
        breaks="B3",
    ),
    Mutant(
        mistake="files that come too late are not even listed",
        of=Listing.passes_over,
        says="modified <= self.modified_after and changed <= self.changed_after",
        would_say="modified <= self.modified_after",
        breaks="B3",
    ),
    Mutant(
        mistake="one file more of the band than is asked for",
        of=window._Oldest._cut,
        says="in_band > most_in_band",
        would_say="in_band > most_in_band + 1",
        breaks="B2",
    ),
    Mutant(
        mistake="the youngest come first",
        of=window._Oldest._cut,
        says="self._files.sort(key=_age)",
        would_say="self._files.sort(key=_age, reverse=True)",
        breaks="B[26]",
    ),
    Mutant(
        mistake="a file is known by its name alone",
        of=state.mark,
        says="{name}\\n{modified}",
        would_say="{name}",
        breaks="B[236]",
    ),
    Mutant(
        mistake="the time of the listing is cut to seconds",
        of=state.FileState.to_json,
        says="time_text(self.listed_at)",
        would_say="time_text(self.listed_at // 1000 * 1000)",
        breaks="B6",
    ),
    Mutant(
        mistake="the time of the listing is taken after it",
        of=sources.news,
        says="listed_at = moment()",
        would_say="found = [*files(listing)]; listed_at = moment(); files = lambda _: iter(found)",
        breaks="B6",
    ),
    Mutant(
        mistake="a commit forgets the sources that the run has not read",
        of=session.Bookmarks._after,
        says="self._state | {",
        would_say="{} | {",
        breaks="B[156]",
    ),
    Mutant(
        mistake="after a commit the same files are read again",
        of=session.Bookmarks.commit,
        says="one.after, one.found = state.get(one.name), None, None",
        would_say="one.after = state.get(one.name), None",
        breaks="B[126]",
    ),
    Mutant(
        mistake="a run with pause begins as one with enable does",
        of=bookmark_protocol.begin,
        says="if asked.option == PAUSE:",
        would_say="if False:",
        breaks="B[45]",
    ),
    Mutant(
        mistake="a commit overwrites what it does not know",
        of=bookmarking.commit,
        says="if rev < current.rev:",
        would_say="if False:",
        breaks="B5",
    ),
    Mutant(
        mistake="a run that is over commits",
        of=bookmarking._executing,
        says=" or run.state in TERMINAL",
        would_say="",
        breaks="B5",
    ),
    Mutant(
        mistake="a run that is being stopped commits",
        of=bookmarking._check_not_stopping,
        says="run.state is RunState.STOPPING",
        would_say="False",
        breaks="B5",
    ),
    Mutant(
        mistake="a begin whose answer was lost counts twice",
        of=bookmarking.begin,
        says="if known is not None:",
        would_say="if False:",
        breaks="B4",
    ),
    Mutant(
        mistake="a commit whose answer was lost is refused",
        of=bookmarking.commit,
        says="if known.change is Change.COMMIT and",
        would_say="if False and",
        breaks="B5",
    ),
    Mutant(
        mistake="every begin is a new attempt",
        of=bookmark.Bookmark.begun,
        says="if self.change is Change.BEGIN else self.attempt",
        would_say="if True else self.attempt",
        breaks="B4",
    ),
    Mutant(
        mistake="a second commit of a run counts as another run's",
        of=bookmark.Bookmark.committed,
        says="if self.run_id == run_id:",
        would_say="if False:",
        breaks="B[46]",
    ),
    Mutant(
        mistake="a rewind leaves what was read as it is",
        of=bookmark.Bookmark.rewound,
        says="state=to.state",
        would_say="state=self.state",
        breaks="B[125]",
    ),
)
