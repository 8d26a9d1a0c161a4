"""Names of databases and tables: upper and lower case are one."""

from __future__ import annotations


def folded(name: str) -> str:
    """The name as it is kept and compared."""
    return name.lower()
