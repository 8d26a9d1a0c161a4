"""ResolveOption: what toDF() does with a choice."""

from __future__ import annotations

from awsglue.gluetypes import DataType


class ResolveOption:
    """How toDF() turns one choice into a column: KeepAsStruct, or Project to a type of awsglue.gluetypes."""

    def __init__(self, path: str, action: str, target: DataType | None = None) -> None:
        if action not in {"KeepAsStruct", "Project"}:
            raise ValueError(f"{action!r} is no action of a ResolveOption; there are KeepAsStruct and Project")
        if action == "Project" and not isinstance(target, DataType):
            raise ValueError("Target type must be specified with project action.")
        self.path = path
        self.action = action
        self.target = target

    def spec(self) -> tuple[str, str]:
        return self.path, "make_struct" if self.target is None else f"project:{self.target.label()}"
