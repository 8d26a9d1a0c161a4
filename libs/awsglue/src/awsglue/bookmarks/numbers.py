"""Numbers that Relationalize gives to rows: under a bookmark they go on after those of the runs before (awsglue 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.bookmarks.session import Context
from awsglue.bookmarks.state import RELATIONALIZE, damaged, document


class Numbers:
    """The numbers of one Relationalize, by the name of the table whose rows are numbered."""

    def __init__(self, context: Context | None = None) -> None:
        self._context = context
        # A damaged state fails where the transform is written.
        self._ids()

    def take(self, table: str, count: int) -> int:
        """The number before the first of `count` new rows."""
        ids = self._ids()
        before = ids.get(table, 0)
        if self._context is not None:
            ids[table] = before + count
            self._context.after = {
                "jsonClass": RELATIONALIZE,
                "ids": {name: str(last) for name, last in ids.items()},
            }
        return before

    def _ids(self) -> dict[str, int]:
        """The last number of each table."""
        if self._context is None:
            return {}
        return _read(self._context.name, self._context.after or self._context.before)


def _read(ctx: str, value: Mapping[str, Any] | None) -> dict[str, int]:
    if value is None:
        return {}
    ids = document(ctx, value, RELATIONALIZE).get("ids")
    if not isinstance(ids, Mapping):
        raise damaged(ctx, "ids", ids, "an object")
    for last in ids.values():
        if not (str(last).isascii() and str(last).isdigit()):
            raise damaged(ctx, "ids", last, "whole numbers")
    return {str(table): int(last) for table, last in ids.items()}
