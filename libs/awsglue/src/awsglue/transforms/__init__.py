"""The transforms of Glue as classes, one module each. `*` gives exactly the names in TRANSFORMS."""

from __future__ import annotations

from awsglue.transforms.apply_mapping import ApplyMapping
from awsglue.transforms.coalesce import Coalesce
from awsglue.transforms.drop_fields import DropFields
from awsglue.transforms.drop_null_fields import DropNullFields
from awsglue.transforms.errors_as_dynamic_frame import ErrorsAsDynamicFrame
from awsglue.transforms.filter import Filter
from awsglue.transforms.flat_map import FlatMap
from awsglue.transforms.join import Join
from awsglue.transforms.map import Map
from awsglue.transforms.map_to_collection import MapToCollection
from awsglue.transforms.relationalize import Relationalize
from awsglue.transforms.rename_field import RenameField
from awsglue.transforms.repartition import Repartition
from awsglue.transforms.resolve_choice import ResolveChoice
from awsglue.transforms.select_fields import SelectFields
from awsglue.transforms.select_from_collection import SelectFromCollection
from awsglue.transforms.spigot import Spigot
from awsglue.transforms.split_fields import SplitFields
from awsglue.transforms.split_rows import SplitRows
from awsglue.transforms.transform import GlueTransform
from awsglue.transforms.unbox import Unbox
from awsglue.transforms.union import Union
from awsglue.transforms.unnest_frame import UnnestFrame

__all__ = [
    "ApplyMapping",
    "Coalesce",
    "DropFields",
    "DropNullFields",
    "ErrorsAsDynamicFrame",
    "Filter",
    "FlatMap",
    "Join",
    "Map",
    "MapToCollection",
    "Relationalize",
    "RenameField",
    "Repartition",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "Union",
    "UnnestFrame",
]

#: Add here: a transform is a module with a class that calls a method of DynamicFrame; add its name to `__all__` too.
TRANSFORMS: tuple[type[GlueTransform], ...] = (
    ApplyMapping,
    Coalesce,
    DropFields,
    DropNullFields,
    ErrorsAsDynamicFrame,
    Filter,
    FlatMap,
    Join,
    Map,
    MapToCollection,
    Relationalize,
    RenameField,
    Repartition,
    ResolveChoice,
    SelectFields,
    SelectFromCollection,
    Spigot,
    SplitFields,
    SplitRows,
    Unbox,
    Union,
    UnnestFrame,
)


def get_transform(name: str) -> type[GlueTransform]:
    """The transform of that name, in any case of letters."""
    for transform in TRANSFORMS:
        if transform.name().lower() == name.lower():
            return transform
    raise ValueError(f"there is no transform {name!r}; there are: {', '.join(one.name() for one in TRANSFORMS)}")


def get_transforms() -> list[type[GlueTransform]]:
    return list(TRANSFORMS)


def describe_transform(transform: str | type[GlueTransform]) -> dict[str, object]:
    """Name, arguments, description and result of a transform."""
    return (get_transform(transform) if isinstance(transform, str) else transform).describe()
