"""What a run's code ran in, as its runner reports it when the code starts. Standard library only: runners use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Environment:
    #: Name of the runtime, and the first digits of its lock's hash: what it has is what the lock says.
    runtime: str
    runtime_digest: str
    #: Versions as installed; the last two None without Spark.
    python: str
    spark: str | None = None
    java: str | None = None
    #: What --additional-python-modules and wheels added, as `name-version`.
    modules: tuple[str, ...] = ()
    #: What --extra-py-files and --extra-jars brought, each as its name and the first digits of its sha256.
    files: tuple[str, ...] = ()
    #: What the run was given of its machine; cores are Spark's.
    memory_mb: int
    cores: int | None = None
    #: Kernel and processor: "Linux 6.1.0 x86_64".
    system: str
    #: Version of the runner.
    openglue: str

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Environment:
        """Members that this version does not know are left out. Raises ValueError for one that cannot be meant."""
        values: dict[str, Any] = {}
        for name, member in cls.__dataclass_fields__.items():
            if name not in document:
                continue
            value = document[name]
            if name in _LISTS and isinstance(value, list) and all(isinstance(item, str) for item in value):
                values[name] = tuple(value)
            elif name not in _LISTS and type(value) is (int if name in _NUMBERS else str):
                values[name] = value
            else:
                raise ValueError(f"{name} is no {member.type}: {value!r}")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(str(error)) from None

    def members(self) -> dict[str, Any]:
        """The structure that clients see."""
        return {_MEMBERS[name]: value for name, value in self.to_json().items()}


_LISTS = frozenset({"modules", "files"})
_NUMBERS = frozenset({"memory_mb", "cores"})
_MEMBERS = {
    "runtime": "Runtime",
    "runtime_digest": "RuntimeDigest",
    "python": "Python",
    "spark": "Spark",
    "java": "Java",
    "modules": "Modules",
    "files": "Files",
    "memory_mb": "MemoryMb",
    "cores": "Cores",
    "system": "System",
    "openglue": "OpenGlue",
}
