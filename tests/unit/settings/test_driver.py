"""A database whose driver is not installed is said so."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
sys.modules["psycopg"] = None  # as in an installation without the extra
from pathlib import Path
from openglue.clock import SystemClock
from openglue.store.database import StoreError
from openglue.store.opening import open_database
try:
    open_database(Path("/nowhere"), "postgresql://127.0.0.1:1/x", SystemClock())
except StoreError as error:
    print(error)
"""


def test_a_missing_driver_names_what_to_install() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "PostgreSQL needs its driver: pip install 'openglue[postgres]'\n"
