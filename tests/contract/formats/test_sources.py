"""Databases, the catalog, and what else frames come from and are judged by, on real Spark: each case of the table that
asks a server, or reads on and on, is a test.
"""

from __future__ import annotations

import pytest

from .cases import CASES, is_served
from .conftest import DEADLINE_S, Report

pytestmark = [pytest.mark.spark, pytest.mark.timeout(DEADLINE_S + 20)]


@pytest.mark.parametrize("case", [case for case in CASES if is_served(case)])
def test_case(case: str, report: Report):
    report.check(case)
