"""The page of operations: AWS's service model, as far as it is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pages.markdown import anchor, code, codes, page, table

from openglue.api.app import SERVICES
from openglue.api.aws_json import Operation, Service, load_service

#: A structure whose inside is kept and returned, and means nothing here: its shapes would fill a book.
OPAQUE = "CodeGenConfigurationNodes"


_INTRODUCTION = """\
Every operation that is served, with the members of its request. AWS's are a slice of its own service model; OpenGlue's
own (`X-Amz-Target: OpenGlue.<name>`) go by the same protocol. Every constraint is checked: a request that breaks one
gets `ValidationException` (`InvalidParameterException` from CloudWatch Logs) naming all that is wrong with it. Members
that the slice does not know are ignored. An operation that is not here answers `UnknownOperationException`."""
_LEFT_OUT = f"""\
{code(OPAQUE)}, the drawing of a job made in AWS's visual editor, is checked, kept and returned; it is not executed, and
its structures are left out here."""
_TITLES = {"glue": "AWS Glue", "logs": "Amazon CloudWatch Logs", "openglue": "OpenGlue's own"}


def operations() -> str:
    parts = [_INTRODUCTION]
    shown: set[str] = set()
    for service in services():
        listed = served(service)
        parts.append(f"## {_TITLES[service.name]}")
        parts.append(", ".join(f"[{one.name}]({anchor(one.name)})" for one in listed))
        parts += [part for one in listed for part in _operation(service, one)]
        # OpenGlue's own operations answer with AWS's structures, too.
        structures = [name for name in _structures(service, listed) if name not in shown]
        shown.update(structures)
        if structures:
            parts.append(f"## Structures of {_TITLES[service.name]}")
        if OPAQUE in service.shapes:
            parts.append(_LEFT_OUT)
        for name in structures:
            parts += [f"### {name}", _members(service, name)]
    return page("Operations", *parts)


def services() -> Iterator[Service]:
    return (load_service(name) for name in SERVICES)


def served(service: Service) -> list[Operation]:
    return [service.operations[name] for name in SERVICES[service.name]]


def _operation(service: Service, operation: Operation) -> Iterator[str]:
    yield f"### {operation.name}"
    yield _members(service, operation.input)
    answer = ", ".join(f"{code(m.name)} ({_linked(service, m.shape)})" for m in operation.output_members())
    yield f"Answers with {answer or 'nothing'}. Errors: {codes(sorted(operation.errors))}."


def _members(service: Service, structure: str) -> str:
    members = service.members(structure)
    if not members:
        return "No members."
    rows = [
        (
            code(member.name)
            + (" (required)" if member.required else "")
            + (" (deprecated)" if member.deprecated else ""),
            _linked(service, member.shape),
            _constraints(service, member.shape),
        )
        for member in members
    ]
    return table(("member", "type", "constraints"), rows)


def _linked(service: Service, name: str) -> str:
    """A shape's type in words, with links to structures."""
    shape = service.shapes[name]
    match shape["type"]:
        case "structure" if shape.get("document"):
            return "JSON object"
        case "structure":
            return f"[{name}]({anchor(name)})"
        case "list":
            return f"list of {_linked(service, shape['member']['shape'])}"
        case "map" if name == OPAQUE:
            return "map"
        case "map":
            return f"map of {_linked(service, shape['key']['shape'])} to {_linked(service, shape['value']['shape'])}"
        case kind:
            return str(kind)


def _constraints(service: Service, name: str) -> str:
    """A shape's own constraints, and those of what it holds."""
    if name == OPAQUE:
        return ""
    shape = service.shapes[name]
    kind = shape["type"]
    unit = {"string": " characters", "list": " elements", "map": " entries"}.get(kind, "")
    words = []
    low, high = shape.get("min"), shape.get("max")
    if low is not None and high is not None:
        words.append(f"{low} to {high}{unit}")
    elif low is not None:
        words.append(f"at least {low}{unit}")
    elif high is not None:
        words.append(f"at most {high}{unit}")
    if "enum" in shape:
        words.append("one of " + codes(shape["enum"]))
    if "pattern" in shape:
        words.append(f"pattern {code(shape['pattern'])}")
    for key, what in (("key", "key"), ("value", "value"), ("member", "each")):
        inner = _constraints(service, shape[key]["shape"]) if key in shape else ""
        if inner:
            words.append(f"{what}: {inner}")
    return "; ".join(words)


def _structures(service: Service, listed: Iterable[Operation]) -> list[str]:
    """The structures that requests and answers reach, beside those themselves."""
    roots = {name for operation in listed for name in (operation.input, operation.output)}
    seen: set[str] = set()
    waiting = [*roots]
    while waiting:
        name = waiting.pop()
        if name in seen or name == OPAQUE or service.shapes[name].get("document"):
            continue
        seen.add(name)
        shape = service.shapes[name]
        references = [
            *shape.get("members", {}).values(),
            *(shape[key] for key in ("member", "key", "value") if key in shape),
        ]
        waiting += [reference["shape"] for reference in references]
    return sorted(name for name in seen - roots if service.shapes[name]["type"] == "structure")
