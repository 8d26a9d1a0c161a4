"""The page of the awsglue package: every class, method and option that the code has, and how far it is served.

What there is comes from the code, read without importing Spark; what is to be known of it, from library.toml beside
this module. A note of something that the code has not is an error.
"""

from __future__ import annotations

import ast
import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages.markdown import code, codes, page, table

from awsglue import connections, formats, gluetypes, transforms
from awsglue.catalog import reading, sparkreading, writing
from awsglue.connections import purge, s3, scope
from awsglue.connections.jdbc.options import OPTIONS as JDBC
from awsglue.formats.format import Format
from awsglue.options import Option
from awsglue.samples import OPTIONS as SPIGOT
from awsglue.streaming import FOR_EACH_BATCH
from awsglue.streaming import SAMPLE as STREAM_SAMPLE
from awsgluedq import publishing

SOURCE = Path(__file__).parents[2] / "libs" / "awsglue" / "src"
#: Arguments that most methods and transforms have at their end.
COMMON = ("transformation_ctx", "info", "stageThreshold", "totalThreshold")

#: Sections whose rows are methods and attributes of classes, functions of modules, or transforms.
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "awsglue.utils": ("awsglue.utils",),
    "awsglue.job.Job": ("awsglue.job:Job",),
    "awsglue.context.GlueContext": ("awsglue.context:GlueContext", "awsglue.catalog.context:CatalogContext"),
    "create_dynamic_frame": ("awsglue.frameio:DynamicFrameReader",),
    "write_dynamic_frame": ("awsglue.frameio:DynamicFrameWriter",),
    "create_data_frame": ("awsglue.dataframereader:DataFrameReader",),
    "write_data_frame": ("awsglue.dataframewriter:DataFrameWriter",),
    "getSource": ("awsglue.data_source:DataSource",),
    "getSink": ("awsglue.data_sink:DataSink",),
    "awsglue.dynamicframe.DynamicFrame": (
        "awsglue.frames.frame:Frame",
        "awsglue.frames.fields:Fields",
        "awsglue.frames.functions:Functions",
        "awsglue.frames.tables:Tables",
        "awsglue.frames.nested:Nested",
        "awsglue.frames.errors:Errors",
        "awsglue.frames.output:Output",
    ),
    "awsglue.dynamicframe.DynamicFrameCollection": ("awsglue.framecollection:DynamicFrameCollection",),
    "awsglue.transforms": tuple(f"{one.__module__}:{one.__name__}.__call__" for one in transforms.TRANSFORMS),
    "awsglue.dataframe_transforms": ("awsglue.dataframe_transforms:ApplyMapping.__call__",),
    "awsglue.functions": ("awsglue.functions",),
    "awsgluedq.transforms.EvaluateDataQuality": ("awsgluedq.transforms:EvaluateDataQuality",),
}


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A row: something that scripts name."""

    names: tuple[str, ...]
    #: The cells between the name and `served`.
    cells: tuple[str, ...]
    #: Why it does nothing, or is refused and what to do instead.
    no_effect: str = ""
    not_built: str = ""
    #: What its docstring says.
    says: str = ""


class Notes:
    """What library.toml says of each section; whatever it says must be asked for."""

    def __init__(self, file: Path) -> None:
        self._sections: dict[str, dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))

    def text(self, section: str, place: str) -> list[str]:
        """The prose before or after a section's table."""
        text = self._sections.get(section, {}).pop(place, "")
        return [text.strip()] if text else []

    def cells(self, section: str, thing: Thing) -> tuple[str, str]:
        """Whether it is served, and what is to be known."""
        notes = self._sections.get(section, {})
        given = [notes.pop(name) for name in thing.names if name in notes]
        note = given[0] if given else {}
        if isinstance(note, str):
            note = {"note": note}
        if thing.not_built:
            return "no", note.get("note") or _upper(thing.not_built)
        if thing.no_effect:
            return "partly", note.get("note") or f"No effect: {thing.no_effect}"
        served = note.get("served", "yes")
        if served == "partly" and not note.get("note"):
            raise ValueError(f"library.toml does not say what is missing of {thing.names[0]} in {section}")
        return served, note.get("note") or _upper(thing.says)

    def refuse_leftovers(self) -> None:
        left = [f"{section}: {name}" for section, notes in self._sections.items() for name in notes]
        if left:
            raise ValueError(f"library.toml speaks of what the code has not: {'; '.join(left)}")


def library() -> str:
    notes = Notes(Path(__file__).with_suffix(".toml"))
    section = functools.partial(_section, notes)
    parts = notes.text("page", "before")
    for heading, sources in MEMBERS.items():
        depth = "##" if "." in heading else "###"
        things = [thing for source in sources for thing in members(source)]
        parts += section(depth, heading, ("name", "arguments"), things)
        if heading == "awsglue.dynamicframe.DynamicFrameCollection":
            parts += section("##", "awsglue.gluetypes", ("name", "arguments"), _types())
    parts += section("##", "awsglueml", (), ())
    parts += section("##", "Connections", ("connection type",), _connections())
    for heading, options in _option_tables():
        parts += section("###", heading, ("option", "use", "value", "default"), list(map(_option, options)))
    parts += section("##", "Formats", ("format", "read", "written"), _formats())
    for name, format_ in formats.FORMATS.items():
        # What is parquet, too, has the options of parquet.
        if format_ is not formats.FORMATS["glueparquet"]:
            options = list(map(_option, format_.options))
            parts += section("###", name, ("option", "use", "value", "default"), options, scope="format ")
    notes.refuse_leftovers()
    return page("The awsglue library", *parts)


def _section(
    notes: Notes, depth: str, heading: str, head: Sequence[str], things: Sequence[Thing], scope: str = ""
) -> list[str]:
    of = scope + heading
    rows = [(codes(one.names), *one.cells, *notes.cells(of, one)) for one in things]
    body = [table((*head, "served", "notes"), rows)] if rows else []
    return [f"{depth} {heading}", *notes.text(of, "before"), *body, *notes.text(of, "after")]


def members(source: str) -> Iterator[Thing]:
    """The public functions of a module, the public methods and attributes of a class, or a transform."""
    module, _, name = source.partition(":")
    tree = _parsed(module)
    texts = dict(_texts(tree))
    if not name:
        yield from (thing for node in tree.body if (thing := _callable(node, texts)))
        return
    name, _, call = name.partition(".")
    class_ = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    if call:
        called = next(node for node in class_.body if isinstance(node, ast.FunctionDef) and node.name == call)
        yield Thing(names=(name,), cells=(_arguments(called),), says=_sentence(class_))
        return
    for node in class_.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield from (Thing(names=(attribute,), cells=("",)) for attribute in _attributes(node))
        elif thing := _callable(node, texts):
            yield thing


def _parsed(module: str) -> ast.Module:
    file = SOURCE.joinpath(*module.split("."))
    return ast.parse((file / "__init__.py" if file.is_dir() else file.with_suffix(".py")).read_bytes())


def _texts(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The module's names for texts."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(text))):
                yield name, text


def _callable(node: ast.stmt, texts: Mapping[str, str]) -> Thing | None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
        arguments = _arguments(node) if isinstance(node, ast.FunctionDef) else ""
        return Thing(names=(node.name,), cells=(arguments,), says=_sentence(node))
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=ast.Call(func=ast.Name("not_built"), args=[_, instead])):
            why = texts[instead.id] if isinstance(instead, ast.Name) else ast.literal_eval(instead)
            return Thing(names=(name,), cells=("",), not_built=why)
    return None


def _arguments(node: ast.FunctionDef) -> str:
    """The arguments with their defaults, but for those that all have."""
    given = node.args
    optional = [None] * (len(given.args) - len(given.defaults)) + list(given.defaults)
    words = [
        argument.arg if default is None else f"{argument.arg}={ast.unparse(default)}"
        for argument, default in zip(given.args, optional, strict=True)
        if argument.arg not in ("self", "cls", *COMMON)
    ]
    words += [f"*{given.vararg.arg}"] if given.vararg else []
    words += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return code(", ".join(words)) if words else ""


def _attributes(init: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(init):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and not node.attr.startswith("_"):
            yield node.attr


def _sentence(node: ast.FunctionDef | ast.ClassDef) -> str:
    """The first sentence of the docstring, which ends with its first paragraph at the latest."""
    text = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
    return text.partition(". ")[0].removesuffix(".")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _types() -> list[Thing]:
    tree = _parsed("awsglue.gluetypes")
    return [
        Thing(names=(node.name,), cells=(_arguments(node) if isinstance(node, ast.FunctionDef) else _made_of(node),))
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if hasattr(gluetypes, node.name)
    ]


def _made_of(class_: ast.ClassDef) -> str:
    init = [node for node in class_.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    return _arguments(init[0]) if init else ""


def _connections() -> list[Thing]:
    built = [Thing(names=(name,), cells=()) for name in connections.CONNECTIONS]
    return built + [Thing(names=(name,), cells=(), not_built=why) for name, why in connections.NOT_BUILT.items()]


def _formats() -> list[Thing]:
    built = [Thing(names=(name,), cells=_directions(one)) for name, one in formats.FORMATS.items()]
    return built + [Thing(names=(name,), cells=("", ""), not_built=why) for name, why in formats.NOT_BUILT.items()]


def _directions(format_: Format) -> tuple[str, str]:
    return "yes" if format_.read else "no", "yes" if format_.write else "no"


def _option_tables() -> Iterator[tuple[str, Sequence[Option]]]:
    yield "s3", s3.OPTIONS
    yield "jdbc", JDBC
    yield "catalog tables", (*reading.OPTIONS, *sparkreading.OPTIONS[1:], *writing.OPTIONS)
    yield "samples", scope.SAMPLE_OPTIONS
    yield "spigot", SPIGOT
    yield "purge_s3_path", purge.OPTIONS
    yield "forEachBatch", FOR_EACH_BATCH
    yield "getSampleStreamingDynamicFrame", STREAM_SAMPLE
    yield "EvaluateDataQuality", (*publishing.PUBLISHING, *publishing.ADDITIONAL)


def _option(option: Option) -> Thing:
    use = option.uses[0] if len(option.uses) == 1 else "both"
    default = "must be given" if option.required else _default(option.default)
    return Thing(
        names=(option.name, *option.aliases),
        cells=(use, option.kind.expects, default),
        no_effect=option.no_effect,
        not_built=option.not_built,
    )


def _default(value: Any) -> str:
    if value in (None, "", []):
        return ""
    return code(str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else value)
