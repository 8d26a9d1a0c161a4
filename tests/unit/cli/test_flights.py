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


def test_a_table_in_a_zip_is_unpacked_and_another_is_taken_as_it_is(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", "month\n1\n")
    assert flights.unpack(tmp_path, "flights", tmp_path / "out").read_text() == "month\n1\n"
    assert flights.unpack(tmp_path, "airlines", tmp_path / "out") == tmp_path / "airlines.csv"
