"""What scripts ask for their arguments. Imports nothing of Spark: Python shell jobs use it too."""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import ItemsView, KeysView, Mapping, Sequence, ValuesView
from typing import Any, NoReturn

from awsglue.job_arguments import (
    BOOKMARK_OPTIONS,
    BOOKMARK_RANGE,
    CONTINUATION_OPTIONS,
    DATA_LINEAGE,
    ENCRYPTION_TYPE,
    ID_PARAMS,
    check_bookmark_range,
)

#: What getResolvedOptions answered last. Scripts and Relationalize look their TempDir up here: the name is Glue's.
_global_args: dict[str, Any] = {}


class GlueArgumentError(Exception):
    """An argument that the script asks for is missing, or has no usable value."""


class _Parser(argparse.ArgumentParser):
    """Raises where argparse would leave the process."""

    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:
    """The values of the job arguments `options` on a command line, with those that Glue always gives.

    Every one of `options` must be there, as `--name value` or `--name=value`; a value that begins with `-` needs the
    second form. An unambiguous beginning of a name will do, dashes in names become underscores, and arguments that
    nobody asked for are passed over (awsglue 1, contract 6).
    """
    _refuse_reserved(options)
    parser = _Parser(allow_abbrev=True, add_help=False)
    parser.add_argument("--job-bookmark-option", choices=BOOKMARK_OPTIONS)
    parser.add_argument("--continuation-option", choices=list(CONTINUATION_OPTIONS))
    for name in BOOKMARK_RANGE:
        parser.add_argument(f"--{name}")
    for flag in (*ID_PARAMS, ENCRYPTION_TYPE, DATA_LINEAGE):
        parser.add_argument(flag)
    parser.add_argument("--TempDir")
    parser.add_argument("--RedshiftTempDir")
    for name in options:
        if name not in {"TempDir", "RedshiftTempDir"}:
            parser.add_argument(f"--{name}", required=True)
    parsed = vars(parser.parse_known_args(list(args)[1:])[0])
    continuation = parsed.pop("continuation_option")
    parsed["job_bookmark_option"] = (
        parsed["job_bookmark_option"] or CONTINUATION_OPTIONS.get(continuation) or "job-bookmark-disable"
    )
    check_bookmark_range(parsed["job_bookmark_option"], parsed)
    parsed["TempDir"] = parsed["TempDir"] or parsed["RedshiftTempDir"]
    parsed["RedshiftTempDir"] = parsed["RedshiftTempDir"] or parsed["TempDir"]
    _global_args.clear()
    _global_args.update(parsed)
    return parsed


def _refuse_reserved(options: Sequence[str]) -> None:
    reserved = {
        "job-bookmark-option",
        "continuation-option",
        *BOOKMARK_RANGE,
        *ID_PARAMS,
        ENCRYPTION_TYPE,
        DATA_LINEAGE,
    }
    asked = [name for name in options if name in reserved]
    if asked:
        raise RuntimeError(f"Using reserved arguments {', '.join(asked)}")


def callsite() -> str:
    """Where the caller's caller stands, as `file:line`."""
    frame = inspect.stack()[min(2, len(inspect.stack()) - 1)]
    return f"{frame.filename}:{frame.lineno}"


def iteritems(d: Mapping[Any, Any]) -> ItemsView[Any, Any]:
    return d.items()


def iterkeys(d: Mapping[Any, Any]) -> KeysView[Any]:
    return d.keys()


def itervalues(d: Mapping[Any, Any]) -> ValuesView[Any]:
    return d.values()


def makeOptions(sc: Any, py_obj: Mapping[str, Any] | str) -> dict[str, Any]:  # noqa: ARG001 - Glue's signature
    """Options as a dictionary, given as one or as a JSON object in text. TypeError for anything else."""
    options = json.loads(py_obj) if isinstance(py_obj, str) else py_obj
    if not isinstance(options, Mapping):
        raise TypeError(f"options are a dictionary or a JSON object in text, not {py_obj!r}")
    return dict(options)
