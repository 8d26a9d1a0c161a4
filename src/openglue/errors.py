"""The AWS error shapes as exceptions: what a client may see, and nothing else.

    GlueError
    ├── InvalidInputException
    ├── ValidationException
    ├── EntityNotFoundException
    ├── AlreadyExistsException
    ├── IdempotentParameterMismatchException
    ├── InvalidStateException
    ├── ConcurrentModificationException
    ├── ConcurrentRunsExceededException
    ├── ResourceNumberLimitExceededException
    ├── OperationTimeoutException
    ├── AccessDeniedException
    ├── ThrottlingException
    ├── SerializationException
    ├── UnknownOperationException
    ├── ResourceNotFoundException
    ├── InvalidParameterException
    └── InternalServiceException

Every class is one `__type` on the wire; its name is the code. `members` are further members of the shape.
"""

from __future__ import annotations


class GlueError(Exception):
    """An error that a client is told in its own protocol."""

    #: HTTP status. AWS JSON services answer 400 for whatever the client did.
    status = 400

    def __init__(self, message: str, **members: object) -> None:
        super().__init__(message)
        self.message = message
        #: Members of the shape beside Message.
        self.members = members

    @property
    def code(self) -> str:
        return type(self).__name__


# The names below are AWS's codes: N818 (exceptions end in Error) would break the wire.
class InvalidInputException(GlueError):  # noqa: N818
    """A request that breaks a rule which the service model does not state."""


class ValidationException(GlueError):  # noqa: N818
    """A request that breaks a constraint of the service model; all failures are told at once."""


class EntityNotFoundException(GlueError):  # noqa: N818
    """What the request names does not exist."""


class AlreadyExistsException(GlueError):  # noqa: N818
    """The name is taken."""


class IdempotentParameterMismatchException(GlueError):  # noqa: N818
    """The same token was used for another request."""


class InvalidStateException(GlueError):  # noqa: N818
    """What the request is about is in a state in which it cannot be answered."""


class ConcurrentModificationException(GlueError):  # noqa: N818
    """Somebody else changed it meanwhile."""


class ConcurrentRunsExceededException(GlueError):  # noqa: N818
    """The job has MaxConcurrentRuns active runs."""


class ResourceNumberLimitExceededException(GlueError):  # noqa: N818
    """A limit of the account, or of the disk, is reached."""


class OperationTimeoutException(GlueError):  # noqa: N818
    """The service gave up, and certainly nothing was written."""


class AccessDeniedException(GlueError):  # noqa: N818
    """The caller may not ask: a foreign Host or Origin."""


class ThrottlingException(GlueError):  # noqa: N818
    """Too many requests; SDKs try again."""


class SerializationException(GlueError):  # noqa: N818
    """The body is not the JSON that the operation takes."""


class UnknownOperationException(GlueError):  # noqa: N818
    """The operation, or the service that was called, is not served."""


class ResourceNotFoundException(GlueError):  # noqa: N818
    """CloudWatch Logs: there is no such group or stream."""


class InvalidParameterException(GlueError):  # noqa: N818
    """CloudWatch Logs: a parameter that cannot be used."""


class InternalServiceException(GlueError):  # noqa: N818
    """A fault of ours; the server's log has it under the request id."""

    status = 500
