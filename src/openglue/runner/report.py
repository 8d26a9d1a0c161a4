"""What the runner tells of the code that is about to start: the script, and what it runs in.

It is put together while the interpreter of the run starts, and asks nothing that is not on this machine's disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from openglue import __version__
from openglue.commands.command import Prepared
from openglue.model.environment import Environment
from openglue.model.profiles import PROFILES

#: Bytes of a script up to which its text is told; of a longer one its hash.
TEXT_LIMIT = 256 << 10
#: Modules and files that are told at most, and bytes of a file up to which it is hashed.
MOST = 200
HASH_LIMIT = 4 << 20
#: Digits of a file's hash: enough to see that it has changed.
DIGITS = 12


def report(prepared: Prepared) -> dict[str, object]:
    """Members of `started` beside the token."""
    told: dict[str, object] = {"environment": environment(prepared).to_json()}
    # The launcher says in words what is wrong with a script that cannot be read.
    with suppress(OSError):
        told["script"] = script(prepared.script)
    return told


def script(file: Path) -> dict[str, str]:
    if file.stat().st_size <= TEXT_LIMIT:
        content = file.read_bytes()
        with suppress(UnicodeDecodeError):
            # No database takes a NUL in a text.
            if b"\0" not in content:
                return {"text": content.decode()}
    return {"sha256": _sha256(file)}


def environment(prepared: Prepared) -> Environment:
    plan, runtime = prepared.plan, prepared.runtime
    system = os.uname()
    profile = PROFILES[runtime.name]
    return Environment(
        runtime=runtime.name,
        runtime_digest=runtime.root.name.rpartition("-")[2],
        python=_python(runtime.root) or profile.python,
        spark=profile.spark,
        java=None if runtime.java is None else runtime.java.version,
        modules=tuple(sorted(islice(_modules(prepared), MOST))),
        files=tuple(sorted(islice(_files(Path(plan.workspace, "files")), MOST))),
        memory_mb=plan.memory_mb,
        cores=None if profile.spark is None else plan.cores,
        system=f"{system.sysname} {system.release} {system.machine}",
        openglue=__version__,
    )


def _python(root: Path) -> str | None:
    """The version of a virtual environment's interpreter, to the last digit."""
    with suppress(OSError):
        for line in (root / "pyvenv.cfg").read_text().splitlines():
            name, _, value = line.partition("=")
            if name.strip() in ("version_info", "version"):
                return value.strip()
    return None


def _modules(prepared: Prepared) -> Iterator[str]:
    """What is installed on the module path before the runtime's own, as `name-version`."""
    for place in prepared.module_path:
        with suppress(OSError):
            yield from (entry.stem for entry in place.iterdir() if entry.suffix == ".dist-info")


def _files(folder: Path) -> Iterator[str]:
    for file in folder.iterdir():
        with suppress(OSError):
            size = file.stat().st_size
            if file.is_file():
                yield f"{file.name} {_sha256(file)[:DIGITS] if size <= HASH_LIMIT else f'{size} bytes'}"


def _sha256(file: Path) -> str:
    # Importing it takes longer than all the rest, and most runs have nothing to hash.
    from hashlib import file_digest

    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
