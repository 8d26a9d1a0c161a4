"""What the documented surface has and this library does not: it is there by name and says so when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


def not_built(name: str, instead: str) -> Callable[..., NoReturn]:
    """A method that refuses, naming itself and what to do instead."""

    def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{name} is not built yet: {instead}")

    refuse.__name__ = name.rsplit(".", maxsplit=1)[-1]
    refuse.__doc__ = f"Not built yet: {instead}."
    return refuse
