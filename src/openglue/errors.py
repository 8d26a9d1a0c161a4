"""The AWS error shapes as exceptions: what a client may see, and nothing else.

    GlueError
    ├── InvalidInputException
    ├── ValidationException                    a constraint of the service model is broken
    ├── EntityNotFoundException
    ├── AlreadyExistsException
    ├── IdempotentParameterMismatchException
    ├── ConcurrentModificationException
    ├── ConcurrentRunsExceededException
    ├── ResourceNumberLimitExceededException
    ├── OperationTimeoutException              only when certainly nothing was written
    ├── AccessDeniedException
    ├── ThrottlingException
    ├── SerializationException                 the body is not the JSON that the operation takes
    ├── UnknownOperationException
    ├── ResourceNotFoundException              CloudWatch Logs
    ├── InvalidParameterException              CloudWatch Logs
    └── InternalServiceException               a fault of ours (HTTP 500)

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
    pass


class ValidationException(GlueError):  # noqa: N818
    pass


class EntityNotFoundException(GlueError):  # noqa: N818
    pass


class AlreadyExistsException(GlueError):  # noqa: N818
    pass


class IdempotentParameterMismatchException(GlueError):  # noqa: N818
    pass


class ConcurrentModificationException(GlueError):  # noqa: N818
    pass


class ConcurrentRunsExceededException(GlueError):  # noqa: N818
    pass


class ResourceNumberLimitExceededException(GlueError):  # noqa: N818
    pass


class OperationTimeoutException(GlueError):  # noqa: N818
    pass


class AccessDeniedException(GlueError):  # noqa: N818
    pass


class ThrottlingException(GlueError):  # noqa: N818
    pass


class SerializationException(GlueError):  # noqa: N818
    pass


class UnknownOperationException(GlueError):  # noqa: N818
    pass


class ResourceNotFoundException(GlueError):  # noqa: N818
    pass


class InvalidParameterException(GlueError):  # noqa: N818
    pass


class InternalServiceException(GlueError):  # noqa: N818
    status = 500
