"""Zips of wheels (`*.gluewheels.zip`): wheels, and optionally the requirements file that says which of them are wanted.

Such a file comes from a user: how much it may unpack is bounded, and only plain files are taken, by their own names.
"""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from openglue.runtimes.errors import InstallError

#: Bounds of one zip (reliability 3.4).
MAX_MEMBERS = 10_000
MAX_BYTES = 1 << 30
MAX_RATIO = 100
REQUIREMENTS = "requirements.txt"


def unpack(archive: Path, directory: Path) -> list[str]:
    """Put the wheels of `archive` into `directory`; returns lines of a requirements file that install them."""
    directory.mkdir(parents=True)
    wheels: list[Path] = []
    wanted: Path | None = None
    try:
        with ZipFile(archive) as zipped:
            members = _checked(archive, zipped)
            for member in members:
                target = directory / PurePosixPath(member.filename).name
                if target.suffix == ".whl" or target.name == REQUIREMENTS:
                    target.write_bytes(zipped.read(member))
                    if target.suffix == ".whl":
                        wheels.append(target)
                    else:
                        wanted = target
    except (BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InstallError(f"{archive.name} is not a zip that can be read: {error}") from error
    if not wheels:
        raise InstallError(f"{archive.name} contains no wheels")
    if wanted is not None:
        return [f"-r {wanted}"]
    return [wheel.as_uri() for wheel in sorted(wheels)]


def _checked(archive: Path, zipped: ZipFile) -> list[ZipInfo]:
    members = [member for member in zipped.infolist() if not member.is_dir()]
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS:
        raise InstallError(f"{archive.name} has more than {MAX_MEMBERS} members")
    if unpacked > MAX_BYTES or unpacked > MAX_RATIO * max(1, archive.stat().st_size):
        raise InstallError(f"{archive.name} unpacks to {unpacked} bytes, which is more than allowed")
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16):
            raise InstallError(f"{archive.name} has a member that leads elsewhere: {member.filename}")
    return members
