"""The arguments that Glue itself gives to every job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")
#: Their names before there were bookmarks.
CONTINUATION_OPTIONS = {
    "continuation-enabled": "job-bookmark-enable",
    "continuation-readonly": "job-bookmark-pause",
    "continuation-ignore": "job-bookmark-disable",
}
BOOKMARK_RANGE = ("job-bookmark-from", "job-bookmark-to")
ID_PARAMS = ("--JOB_ID", "--JOB_RUN_ID", "--SECURITY_CONFIGURATION")
ENCRYPTION_TYPE = "--encryption-type"
DATA_LINEAGE = "--enable-data-lineage"


@dataclass(frozen=True, kw_only=True)
class BookmarkArguments:
    """What a run is asked to do with its job's bookmark."""

    option: str
    #: The ends of a range of runs: both or none.
    from_run: str | None
    to_run: str | None


def bookmark_arguments(args: Mapping[str, Any], argv: Sequence[str]) -> BookmarkArguments:
    """What `args` say, as Job.init gets them; where they say nothing of bookmarks, what the command line says.

    ValueError for an option that there is not, RuntimeError as check_bookmark_range.
    """
    given = {name.lstrip("-").replace("-", "_"): value for name, value in args.items()}
    if not given.keys() & {"job_bookmark_option", "continuation_option"}:
        given |= _bookmark_words(argv)
    option = given.get("job_bookmark_option") or given.get("continuation_option") or BOOKMARK_OPTIONS[-1]
    option = CONTINUATION_OPTIONS.get(option, option)
    if option not in BOOKMARK_OPTIONS:
        raise ValueError(f"the job-bookmark-option is {option!r}; there are: {', '.join(BOOKMARK_OPTIONS)}")
    check_bookmark_range(option, given)
    from_run, to_run = (given.get(name.replace("-", "_")) for name in BOOKMARK_RANGE)
    return BookmarkArguments(option=option, from_run=from_run, to_run=to_run)


def check_bookmark_range(option: str, given: Mapping[str, Any]) -> None:
    """RuntimeError for a range with one end, or with another option than pause (awsglue 1)."""
    ends = [name for name in BOOKMARK_RANGE if given.get(name.replace("-", "_")) is not None]
    if option == "job-bookmark-pause":
        if len(ends) == 1:
            missing = next(name for name in BOOKMARK_RANGE if name not in ends)
            raise RuntimeError(f"Missing option or value for --{missing}")
    elif ends:
        raise RuntimeError("Invalid option(s)" + " ".join(f"--{name}" for name in ends))


def _bookmark_words(argv: Sequence[str]) -> dict[str, str]:
    """The arguments of bookmarks on a command line, as `--name value` or `--name=value`."""
    found = {}
    for name in ("job-bookmark-option", "continuation-option", *BOOKMARK_RANGE):
        for index, word in enumerate(argv):
            flag, equals, value = word.partition("=")
            if flag == f"--{name}" and (equals or index + 1 < len(argv)):
                found[name.replace("-", "_")] = value if equals else argv[index + 1]
    return found
