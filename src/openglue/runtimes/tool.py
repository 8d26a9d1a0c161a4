"""Running uv and Java: their lines as they come, a deadline, and nothing left behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openglue.clock import Clock
from openglue.process import MARK

#: Lines kept of what a program said, for the reason of its failure.
KEPT_LINES = 200
#: Between two looks at a program that says nothing.
LOOK_S = 0.1

#: Variables that a program that installs may see, beside those that begin with one of PREFIXES. A run's own tokens and
#: a user's PYTHON* settings are not among them. The mark of a run is: it is how an installer is found that has outlived
#: the run's runner, and with it what that installer has started.
NAMES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "NETRC", "http_proxy", "https_proxy", "no_proxy", "all_proxy"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "LD_LIBRARY_PATH", "SYSTEM_VERSION_COMPAT", MARK}
)
PREFIXES = ("UV_", "SSL_CERT_", "XDG_", "LC_")
#: Settings of uv that would change what is installed, or where.
REFUSED = frozenset(
    {"UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PROJECT", "UV_WORKING_DIR", "UV_CONSTRAINT", "UV_OVERRIDE"}
    | {"UV_EXCLUDE", "UV_BUILD_CONSTRAINT", "UV_REQUIRE_HASHES", "UV_NO_VERIFY_HASHES", "UV_PRERELEASE"}
    | {"UV_RESOLUTION", "UV_EXCLUDE_NEWER", "UV_COMPILE_BYTECODE", "UV_NO_BINARY", "UV_NO_BUILD", "UV_TORCH_BACKEND"}
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a program ended: its exit code, None when its time was over, and the last lines it wrote."""

    code: int | None
    lines: tuple[str, ...]


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of `environ` that a program that installs may see."""
    return {
        name: value
        for name, value in environ.items()
        if (name in NAMES or name.startswith(PREFIXES)) and name not in REFUSED
    }


def execute(
    command: Sequence[str | os.PathLike[str]],
    said: Callable[[str], None],
    clock: Clock,
    *,
    timeout_s: float,
    cwd: Path,
    environ: Mapping[str, str],
    keep: Sequence[int] = (),
    go_on: Callable[[], None] = lambda: None,
) -> Result:
    """Run `command` to its end and give `said` every line that it writes.

    `go_on` is called before and all the while, and ends it by raising. Then, as when the time is over or this process
    is interrupted, its process group is killed. `keep` are descriptors that it inherits: the locks that must outlive
    this process together with it.
    """
    go_on()
    deadline = clock.boot() + timeout_s * 1000
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=dict(environ),
        pass_fds=keep,
        # Not a session: whoever ends a run's whole session ends this as well.
        process_group=0,
    ) as process:
        try:
            code = _pump(process, said, lines, clock, deadline, go_on)
        finally:
            if process.poll() is None:
                _kill(process)
    return Result(code=code, lines=tuple(lines))


def ended(
    process: subprocess.Popen[bytes], clock: Clock, deadline: float, go_on: Callable[[], None] = lambda: None
) -> int | None:
    """Wait for its exit code; None when that has not come by `deadline`, in the clock's milliseconds since the boot."""
    while process.poll() is None and (left := deadline - clock.boot()) > 0:
        go_on()
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(left / 1000, LOOK_S))
    return process.returncode


def _pump(
    process: subprocess.Popen[bytes],
    said: Callable[[str], None],
    lines: deque[str],
    clock: Clock,
    deadline: float,
    go_on: Callable[[], None],
) -> int | None:
    assert process.stdout is not None  # noqa: S101 - it was asked for above
    rest = b""
    while (left := deadline - clock.boot()) > 0:
        go_on()
        if not select.select([process.stdout], [], [], min(left / 1000, LOOK_S))[0]:
            if process.poll() is not None:
                # A grandchild may keep the pipe open; the program itself has ended.
                return process.returncode
            continue
        data = os.read(process.stdout.fileno(), 65536)
        if not data:
            lines.append(rest.decode(errors="replace").rstrip())
            return ended(process, clock, deadline, go_on)
        *full, rest = (rest + data).split(b"\n")
        for raw in full:
            line = raw.decode(errors="replace").rstrip()
            lines.append(line)
            said(line)
    return None


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.wait()
