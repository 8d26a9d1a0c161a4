"""What a job may say in `--additional-python-modules` and `--python-modules-installer-option`.

Glue hands both to pip3 (AWS's page "Using Python libraries with AWS Glue"); here uv installs. What both mean is passed
on, what only changes pip's own talk is dropped, and anything else is refused by name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from openglue.runtimes.errors import InstallError

#: Options without a value, and what uv calls them. Add an option here.
FLAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "--no-deps": ("--no-deps",),
        "--pre": ("--prerelease=allow",),
        "--no-cache-dir": ("--no-cache",),
        "--force-reinstall": ("--reinstall",),
        "--ignore-installed": ("--reinstall",),
        "-I": ("--reinstall",),
    }
)
#: Options with a value, and what uv calls them.
VALUES: Mapping[str, str] = MappingProxyType(
    {
        "--trusted-host": "--allow-insecure-host",
        "--only-binary": "--only-binary",
        "--no-binary": "--no-binary",
    }
)
#: Options that say where packages come from. They may hold passwords and go into a file, not into a command line that
#: everybody on the machine can read.
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "--index-url": "--index-url",
        "-i": "--index-url",
        "--extra-index-url": "--extra-index-url",
        "--find-links": "--find-links",
        "-f": "--find-links",
    }
)
#: Options that change nothing about what is installed.
SILENT = frozenset(
    {"-q", "--quiet", "-v", "--verbose", "--user", "--no-input", "--prefer-binary", "--disable-pip-version-check"}
    | {"--no-warn-script-location", "--no-warn-conflicts", "--no-color", "--break-system-packages"}
)
UPGRADE = frozenset({"-U", "--upgrade"})
FILE = frozenset({"-r", "--requirement"})
NO_INDEX = "--no-index"
WHEELHOUSE = ".gluewheels.zip"

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
#: A requirement that means the same tomorrow: one version of a name, or a file. `==1.*` is none.
PINNED = re.compile(r"[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*===?\s*[^*,;\s]+\s*(?:;.*)?")
ARCHIVES = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a job adds to its runtime."""

    #: Lines of a requirements file: names with versions, and addresses of local files.
    lines: tuple[str, ...]
    #: Requirements files.
    files: tuple[Path, ...]
    #: Zips of wheels, which serve as an index of their own (Glue 5.0 and later).
    wheelhouses: tuple[Path, ...]
    #: Local files that `lines` name.
    local: tuple[Path, ...]
    #: Lines of a requirements file that say where packages come from.
    sources: tuple[str, ...]
    #: uv's options.
    options: tuple[str, ...]
    #: Whether what is named is to be the newest, even if the runtime has one that would do.
    upgrade: bool

    @property
    def floating(self) -> bool:
        """Whether the same request may mean other versions tomorrow."""
        lines = [line for line in self.lines if not line.startswith("file:")]
        lines += [line for file in self.files for line in requirements_of(file)]
        return not all(PINNED.fullmatch(line) for line in lines)


def parse(requirements: Sequence[str], options: Sequence[str]) -> Request:
    """The request of these modules and installer options; InstallError names what is not allowed."""
    sources: list[str] = []
    flags: list[str] = []
    upgrade = as_files = False
    for option, value in _options(options):
        if option in UPGRADE:
            upgrade = True
        elif option in FILE:
            as_files = True
        elif option == NO_INDEX:
            sources.append(NO_INDEX)
        elif option in SOURCES:
            sources.append(f"{SOURCES[option]} {value}")
        elif option in VALUES:
            flags += [VALUES[option], value]
        else:
            flags += FLAGS.get(option, ())
    if any(line.startswith("--extra-index-url") for line in sources):
        # As pip: the best version of all indexes, not of the first that knows the name.
        flags.append("--index-strategy=unsafe-best-match")
    lines, files, houses, local = _requirements(requirements, as_files=as_files)
    return Request(
        lines=tuple(lines),
        files=tuple(files),
        wheelhouses=tuple(houses),
        local=tuple(local),
        sources=tuple(sources),
        options=tuple(flags),
        upgrade=upgrade,
    )


def requirements_of(file: Path) -> list[str]:
    """The lines of a requirements file that name something, without their hashes."""
    text = re.sub(r"\\\n", " ", file.read_text(encoding="utf-8", errors="replace"))
    lines = [re.sub(r"(^|\s)#.*|\s--hash=\S+", "", line).strip() for line in text.splitlines()]
    return [line for line in lines if line]


def sources_of(file: Path) -> list[str]:
    """The lines of a requirements file, and of those that it includes, that say where packages come from."""
    found: list[str] = []
    files = [file]
    # What is included is appended while the list is read; each file once.
    for place in files:
        for line in requirements_of(place):
            option, value = re.findall(r"^(-[rfi]|--[\w-]+|)[\s=]*(.*)$", line)[0]
            included = (place.parent / value).resolve()
            if option == NO_INDEX:
                found.append(NO_INDEX)
            elif option in SOURCES:
                local = SOURCES[option] == "--find-links" and "://" not in value
                found.append(f"{SOURCES[option]} {included if local else value}")
            elif option in FILE and included.is_file() and included not in files:
                files.append(included)
    return found


def _requirements(
    requirements: Sequence[str], *, as_files: bool
) -> tuple[list[str], list[Path], list[Path], list[Path]]:
    lines: list[str] = []
    files: list[Path] = []
    houses: list[Path] = []
    local: list[Path] = []
    for given in requirements:
        text = given.strip()
        if re.search(r"[\x00-\x1f\x7f]", text):
            raise InstallError(f"additional Python module {text!r}: control characters are not allowed")
        match = re.match(r"(?:-r|--requirement)(?:\s+|=|(?<=-r))(.+)", text)
        if match or (as_files and not text.startswith("-")):
            files.append(_existing(match.group(1) if match else text))
        elif text.startswith("-"):
            raise InstallError(f"additional Python module {text!r}: an option is no module")
        elif text.endswith(WHEELHOUSE):
            houses.append(_existing(text))
        elif "://" not in text and text.endswith(ARCHIVES):
            local.append(_existing(text))
            lines.append(local[-1].as_uri())
        elif text and not NAME.match(text):
            raise InstallError(f"additional Python module {text!r}: neither the name of a package nor a file")
        elif text:
            lines.append(text)
    return lines, files, houses, local


def _existing(text: str) -> Path:
    path = Path(text.strip()).absolute()
    if not path.is_file():
        raise InstallError(f"additional Python module {text}: there is no such file")
    return path


def _options(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Option and value, one after the other; InstallError for those that are not in the tables."""
    try:
        words = [word for text in given for word in shlex.split(text)]
    except ValueError as error:
        raise InstallError(f"python-modules-installer-option: {error}") from error
    position = 0
    while position < len(words):
        option, equals, value = words[position].partition("=")
        position += 1
        if option in VALUES or option in SOURCES:
            if not equals:
                value = words[position] if position < len(words) else ""
                position += 1
            if not value or value.startswith("-") or re.search(r"\s", value):
                raise InstallError(f"python-modules-installer-option {option}: a value is missing")
            yield option, value
        elif not equals and (option in FLAGS or option in SILENT or option in UPGRADE or option in FILE | {NO_INDEX}):
            yield option, ""
        else:
            known = sorted({*FLAGS, *VALUES, *SOURCES, *UPGRADE, *FILE, NO_INDEX})
            raise InstallError(
                f"python-modules-installer-option {words[position - 1].split('=')[0]} is not supported; "
                f"supported are {', '.join(known)}"
            )
