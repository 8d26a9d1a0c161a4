"""Writes the generated pages of docs from the tables in the code and from what the fault suite has measured.

reference.py            write them
reference.py --check    write nothing; exit 1 and name the pages that are old
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pages import command_line, guarantees, library, operations, quality, tables

FOLDER = Path(__file__).parents[1] / "docs"

#: File name to what writes it; add a page here.
PAGES: dict[str, Callable[[], str]] = {
    "reference/configuration.md": tables.configuration,
    "reference/special-parameters.md": tables.special_parameters,
    "reference/glue-versions.md": tables.glue_versions,
    "reference/operations.md": operations.operations,
    "reference/states.md": tables.run_states,
    "reference/errors.md": tables.error_codes,
    "reference/crash-points.md": tables.crash_points,
    "reference/cli.md": command_line.command_line,
    "reference/awsglue.md": library.library,
    "reference/data-quality-rules.md": quality.rules,
    "concepts/guarantees.md": guarantees.guarantees,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the pages that are old")
    check = parser.parse_args().check
    # Defaults are those of a machine on which nobody has said anything.
    for name in [*os.environ]:
        if name.startswith(("OPENGLUE_", "XDG_")):
            del os.environ[name]
    stale = []
    for name, write in PAGES.items():
        file, text = FOLDER / name, write()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(f"docs/{name}")
        if not check:
            file.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is old: run `make docs`" if check else f"{name} written")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
