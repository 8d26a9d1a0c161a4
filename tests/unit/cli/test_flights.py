"""The demo finds its scripts and its data."""

from __future__ import annotations

import zipfile
from pathlib import Path

from openglue.cli import flights
from openglue.cli.demo import DELAYS, MONTHS
from openglue.runtimes.pins import packages

ROOT = Path(__file__).parents[3]


def test_the_scripts_are_where_the_demo_looks_for_them():
    assert {DELAYS.script, MONTHS.script, flights.PIN} <= {file.name for file in flights.scripts().iterdir()}


def test_users_get_the_data_that_the_tests_have():
    developer = (ROOT / "requirements" / "dev.txt").read_text()
    pin = (flights.scripts() / flights.PIN).read_text()
    assert packages(flights.scripts() / flights.PIN).keys() == {flights.DISTRIBUTION}
    assert pin[pin.index(flights.DISTRIBUTION) :] in developer


def test_a_month_is_taken_out_of_the_year(tmp_path: Path):
    lines = ["year,month,day", "2013,1,1", "2013,12,1", "2013,2,1", "2013,1,2"]
    with zipfile.ZipFile(tmp_path / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", "".join(f"{line}\n" for line in lines))
    file = flights.month(tmp_path, 1, tmp_path)
    assert (file.name, file.read_text()) == ("2013-01.csv", "year,month,day\n2013,1,1\n2013,1,2\n")
