"""How a command fails: one sentence on standard error, and an exit code that means something."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `openglue` command."""

    OK = 0  #: done; a run that was waited for SUCCEEDED
    FAILED = 1  #: the run or the operation failed
    REFUSED = 2  #: wrong usage, or a configuration that cannot be served
    NO_SERVICE = 3  #: no service answers
    INTERRUPTED = 130  #: ended by Ctrl-C or SIGTERM


class CommandError(Exception):
    """A failure that its reader can act on; the message says what happened and what to do."""

    code = ExitCode.FAILED


class RefusedError(CommandError):
    code = ExitCode.REFUSED


class UnreachableError(CommandError):
    """No service answers, or it stopped answering."""

    code = ExitCode.NO_SERVICE


class ServiceError(CommandError):
    """The service answered with an error shape."""

    def __init__(self, shape: str, message: str) -> None:
        super().__init__(f"{message} ({shape})" if message else shape)
        #: Such as EntityNotFoundException.
        self.shape = shape
