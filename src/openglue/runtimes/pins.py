"""Lock files: what exactly a runtime consists of. Written by scripts/lock_runtimes.sh."""

from __future__ import annotations

from pathlib import Path

LOCKS = Path(__file__).with_name("locks")
#: Java for machines that have none, and what builds the packages that have no wheels.
JAVA = LOCKS / "java.txt"
BUILD = LOCKS / "build.txt"
#: What a lock's first line begins with; its hash follows.
DIGEST_LINE = "# sha256 "


def digest(lock: Path) -> str:
    """The hash of a lock's contents, read off its first line (a test holds it against the contents)."""
    with lock.open(encoding="ascii") as file:
        line = file.readline()
    if not line.startswith(DIGEST_LINE):
        raise ValueError(f"{lock} does not begin with its digest: run scripts/lock_runtimes.sh")
    return line[len(DIGEST_LINE) :].strip()


def packages(lock: Path) -> dict[str, str]:
    """Name and version of every package in a lock that Linux or macOS may need."""
    pins: dict[str, str] = {}
    for line in lock.read_text(encoding="ascii").splitlines():
        name, equals, rest = line.partition("==")
        if equals and not name.startswith((" ", "#")) and "sys_platform == 'win32'" not in rest:
            pins[name] = rest.split()[0]
    return pins
