"""The directory that shows a job the packages of openglue-awsglue and nothing else of ours.

They are installed beside the service, whose packages are none of a job's business. A job's PYTHONPATH therefore begins
with a directory that holds links to them alone. Being first it also wins over an `awsglue` of AWS's that the job may
bring along.
"""

from __future__ import annotations

import os
from pathlib import Path

from openglue.runtimes.errors import InstallError

DISTRIBUTION = "openglue-awsglue"
PACKAGE = "awsglue"
#: Packages beside it that scripts import, too.
SIBLINGS = ("awsgluedq", "awsglueml")
#: The module of it that forks Spark's Python workers.
WORKERS = f"{PACKAGE}.workers"


def library(cache: Path, package: Path) -> Path:
    """The directory for the head of a job's PYTHONPATH; `package` is the directory `awsglue` (see `locate_package`)."""
    from hashlib import sha256

    directory = cache / "library" / sha256(os.fsencode(package)).hexdigest()[:12]
    if not package.is_dir() and not (directory / PACKAGE).exists():
        raise InstallError(f"the awsglue package is not at {package}")
    directory.mkdir(parents=True, exist_ok=True)
    for target in (package, *(package.with_name(name) for name in SIBLINGS)):
        link = directory / target.name
        if not link.exists() and target.is_dir():
            # Renamed into place: a job that starts at this moment finds the link at all times.
            fresh = directory / f"{target.name}.{os.getpid()}"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(target, target_is_directory=True)
            fresh.replace(link)
    return directory


def locate_package() -> Path:
    """Where the package of the distribution openglue-awsglue lies, found without importing it.

    For the server, which tells its runners. Looks at what the distribution installed, so that another package of the
    same name is never taken for it.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        files = distribution(DISTRIBUTION).files or []
    except PackageNotFoundError as error:
        raise InstallError(f"the distribution {DISTRIBUTION} is not installed beside openglue") from error
    for file in files:
        path = Path(str(file.locate()))
        if file.parts[0] == PACKAGE:
            return Path(*path.parts[: len(path.parts) - len(file.parts) + 1])
        # An editable installation is a file with the directories that its packages are in.
        if path.suffix == ".pth":
            for line in path.read_text(encoding="utf-8").splitlines():
                if (Path(line) / PACKAGE).is_dir():
                    return Path(line) / PACKAGE
    raise InstallError(f"the distribution {DISTRIBUTION} has no package {PACKAGE}: install it again")
