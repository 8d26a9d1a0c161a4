"""What all transforms have in common: `X.apply(...)` is `X()(...)`, and each can describe itself."""

from __future__ import annotations

import inspect
from typing import Any


class GlueTransform:
    """A transform is a method of DynamicFrame as a class; its description is its signature and docstring."""

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        return cls()(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what it does")

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    @classmethod
    def describeArgs(cls) -> list[dict[str, Any]]:
        """Name, type, whether it is optional, and default of each argument."""
        parameters = list(inspect.signature(cls.__call__).parameters.values())[1:]
        return [
            {
                "name": one.name,
                "type": str(one.annotation),
                "optional": one.default is not inspect.Parameter.empty,
                "defaultValue": None if one.default is inspect.Parameter.empty else one.default,
            }
            for one in parameters
        ]

    @classmethod
    def describeTransform(cls) -> str:
        return inspect.getdoc(cls) or ""

    @classmethod
    def describeErrors(cls) -> list[dict[str, str]]:
        return []

    @classmethod
    def describeReturn(cls) -> dict[str, str]:
        return {"type": str(inspect.signature(cls.__call__).return_annotation)}

    @classmethod
    def describe(cls) -> dict[str, Any]:
        return {
            "transform": {
                "name": cls.name(),
                "args": cls.describeArgs(),
                "description": cls.describeTransform(),
                "raises": cls.describeErrors(),
                "returns": cls.describeReturn(),
            }
        }
