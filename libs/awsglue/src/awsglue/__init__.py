"""The package that Glue scripts import, over stock PySpark. `awsglue.utils` works without Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]


def __getattr__(name: str) -> Any:
    """Looked up when asked for: a Python shell job has no Spark, and its script imports this package too."""
    if name == "DynamicFrame":
        from awsglue.dynamicframe import DynamicFrame

        return DynamicFrame
    raise AttributeError(f"module 'awsglue' has no attribute {name!r}")
