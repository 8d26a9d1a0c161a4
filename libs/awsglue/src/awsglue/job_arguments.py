"""The arguments that Glue itself gives to every job."""

from __future__ import annotations

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
