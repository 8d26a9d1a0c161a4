"""The databases and the clock of the suite of stores."""

from __future__ import annotations

from tests.contract.stores.conftest import clock, database

__all__ = ["clock", "database"]
