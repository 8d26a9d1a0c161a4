"""Sources of files under a job bookmark: what they list, what of it they read, and what the run's log says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from awsglue.bookmarks.session import Context
from awsglue.bookmarks.state import FileState, time_text
from awsglue.bookmarks.window import Choice, Rule, between, choose
from awsglue.files import File, Listing
from awsglue.notices import notice

#: Seconds after which a change gives a file another time: the clocks of file systems tick up to a hundred times a
#: second.
_TICK_S = 0.02
#: Bytes of a state beside its marks, and of a mark.
_STATE_BYTES, _MARK_BYTES = 400, 33
_FOREVER = 2**63

#: The files of a source as far as a listing asks for them, one after the other.
Lister = Callable[[Listing], Iterator[File]]


def moment() -> int:
    """The time in milliseconds since 1970: what changes a file after the return shall give it a later one."""
    now = time.time_ns() // 1_000_000
    time.sleep(_TICK_S)
    return now


def unread(
    context: Context,
    paths: Sequence[str],
    rule: Rule,
    listing: Listing,
    files: Lister,
    *,
    moment: Callable[[], int] = moment,
) -> dict[str, list[File]]:
    """The files that this run reads of a source, by the path below which they are. It is found out once: frames that
    are made of one source between two commits have the same files.
    """
    with context.lock:
        if context.found is None:
            if context.ranged:
                chosen = _in_range(context, listing, files)
            else:
                chosen = news(context, rule, listing, files, moment=moment).files
            chosen.sort(key=lambda file: file.path)
            found: dict[str, list[File]] = {path: [] for path in paths}
            for file in chosen:
                found[file.below].append(file)
            context.found = found
        # Of a table, partitions may have come and gone since.
        return {path: context.found.get(path, []) for path in paths}


def news(
    context: Context, rule: Rule, listing: Listing, files: Lister, *, moment: Callable[[], int] = moment
) -> Choice[File]:
    """What this run finds new of a source. The context has its next state then, and the run's log is told."""
    before = _state(context, context.before)
    if before:
        listing = replace(listing, modified_after=before.settled, changed_after=before.listed_at)
    # Before the listing: what comes or changes meanwhile is later than it, and the next run's.
    listed_at = moment()
    if before and before.listed_at > listed_at:
        # To name what the bookmark's date hides, all of it is listed.
        listing = replace(listing, modified_after=-1)
    choice = choose(
        files(listing),
        before=before,
        listed_at=listed_at,
        rule=replace(rule, most_marks=(context.room() - _STATE_BYTES) // _MARK_BYTES),
        run=context.run,
    )
    context.after = choice.state.to_json()
    _tell(context.name, choice, before)
    return choice


def _in_range(context: Context, listing: Listing, files: Lister) -> list[File]:
    after, until = _state(context, context.before), _state(context, context.until)
    if after:
        listing = replace(listing, modified_after=after.settled, changed_after=_FOREVER)
    chosen = between(files(listing), after=after, until=until)
    notice(f"transformation_ctx {context.name!r}: reading {_counted(len(chosen))} of the range")
    return chosen


def _state(context: Context, value: object) -> FileState | None:
    return None if value is None else FileState.from_json(context.name, value)


def _tell(name: str, choice: Choice[File], before: FileState | None) -> None:
    start = f"transformation_ctx {name!r}:"
    notice(f"{start} reading {_counted(len(choice.files))} that {'is' if len(choice.files) == 1 else 'are'} new")
    if choice.left_from is not None:
        notice(
            f"{start} files from {time_text(choice.left_from)} on are left for later runs, because of"
            f" {choice.left_because}"
        )
        if not choice.files:
            notice(
                f"{start} nothing is read while the bookmark has no room to remember a part of them; when this lasts,"
                " there are too many files of one time, which a larger boundedFiles or boundedSize lets one run read"
            )
    if choice.is_behind and before:
        settled = time_text(before.settled)
        notice(
            f"{start} the bookmark is dated {time_text(before.listed_at)}, which is later than now: files with times"
            f" up to {settled} count as read, also those that no run has read; rewind or reset the bookmark to read"
            " them"
        )
        if choice.too_old.count:
            notice(f"{start} not reading {_counted(choice.too_old.count)} for that date: {choice.too_old}")
    elif choice.too_old.count and before:
        notice(
            f"{start} {_counted(choice.too_old.count)} came or changed after the last run, but with times up to"
            f" {time_text(before.settled)}, which the bookmark counts as read; not reading {choice.too_old}"
        )
    if choice.ahead.count:
        notice(
            f"{start} {_counted(choice.ahead.count)} dated later than {time_text(choice.state.listed_at)}, when files"
            f" were listed; a later run reads {choice.ahead}"
        )


def _counted(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
