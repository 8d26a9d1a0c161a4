"""The page of operations: AWS's service model as far as it is served, and what becomes of every member."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from pages.markdown import anchor, code, codes, page, remarks, sentence, table

from openglue import config
from openglue.api import json_body
from openglue.api.app import BODY_LIMIT, SERVICES
from openglue.api.aws_json import Member, Operation, Service, load_service
from openglue.api.fields import DRAWING, FIELDS, OPAQUE, Field, Use
from openglue.api.neighbours import query
from openglue.api.operations import bookmarks, jobs, listing, runs, tags, triggers
from openglue.model import rules
from openglue.model.trigger import MAX_ACTIONS

_INTRODUCTION = """\
Every operation that is served, with the members of its request. AWS's are a slice of its own service model; OpenGlue's
own (`X-Amz-Target: OpenGlue.<name>`) go by the same protocol. Every constraint is checked: a request that breaks one
gets `ValidationException` (`InvalidParameterException` from CloudWatch Logs) naming all that is wrong with it. Members
that the slice does not know are ignored. An operation that is not here answers `UnknownOperationException`."""
_USES = "What becomes of a member:"
_LEFT_OUT = f"""\
{code(DRAWING)}, the drawing of a job made in AWS's visual editor, is checked, kept and returned; it is not executed.
Its structures are left out here, and so are those of what is refused as a whole and of what no answer holds:
{codes(sorted(OPAQUE - {DRAWING}))}."""
_TITLES = {
    "glue": "AWS Glue",
    "logs": "Amazon CloudWatch Logs",
    "openglue": "OpenGlue's own",
    "sts": "AWS STS",
    "iam": "AWS IAM",
}
_QUERY = "Asked in the query protocol, as AWS's SDKs do by themselves."

#: Elements of a page for which the caller names no size, where that is fewer than a page may have.
_PAGES = {
    "GetJobRuns": runs.PAGE,
    "GetJobs": jobs.PAGE,
    "ListJobs": jobs.PAGE,
    "GetTriggers": triggers.PAGE,
    "ListTriggers": triggers.PAGE,
    "ListJobRuns": listing.PAGE,
    "ListJobBookmarkVersions": bookmarks.PAGE,
}


def operations() -> str:
    meanings = remarks(Use)
    parts = [_INTRODUCTION, _USES, table(("use", "meaning"), [(use, sentence(meanings[use.name])) for use in Use])]
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
        if DRAWING in service.shapes:
            parts.append(_LEFT_OUT)
        for name in structures:
            parts += [f"### {name}", _members(service, name)]
    for name, neighbour in query.SERVICES.items():
        parts += [f"## {_TITLES[name]}", _QUERY]
        for operation, handler in neighbour.operations.items():
            parts += [f"### {operation}", inspect.getdoc(handler) or "", _query_members(name, operation)]
    return page("Operations", *parts, "## Limits", *_limits())


def services() -> Iterator[Service]:
    return (load_service(name) for name in SERVICES)


def served(service: Service) -> list[Operation]:
    return [service.operations[name] for name in SERVICES[service.name]]


def _operation(service: Service, operation: Operation) -> Iterator[str]:
    yield f"### {operation.name}"
    yield _members(service, operation.input)
    yield from _paging(service, operation)
    answer = ", ".join(f"{code(m.name)} ({_linked(service, m.shape)})" for m in operation.output_members())
    yield f"Answers with {answer or 'nothing'}. Errors: {codes(sorted(operation.errors))}."


def _paging(service: Service, operation: Operation) -> Iterator[str]:
    members = {member.name.lower(): member for member in operation.input_members()}
    if "nexttoken" not in members:
        return
    size = members.get("maxresults") or members.get("limit")
    if size is None:
        yield "A page has all elements: there is never a second one."
        return
    most = service.shapes[size.shape]["max"]
    fewer, token = _PAGES.get(operation.name, most), members["nexttoken"].name
    yield (
        f"A page has {fewer} elements if {code(size.name)} is not given, and {most} at most. {code(token)} is opaque: "
        "good for the same operation and filters only, on every server of the database and after a restart."
    )


def _members(service: Service, structure: str) -> str:
    members = service.members(structure)
    if not members:
        return "No members."
    fields = FIELDS[service.name].get(structure)
    if fields is None:
        return table(("member", "type", "constraints"), [_typed(service, member) for member in members])
    return table(
        ("member", "type", "constraints", "use", "here"),
        [(*_typed(service, member), *_field(fields[member.name])) for member in members],
    )


def _typed(service: Service, member: Member) -> tuple[str, str, str]:
    required = " (required)" if member.required else ""
    deprecated = " (deprecated)" if member.deprecated else ""
    name = code(member.name) + required + deprecated
    return name, _linked(service, member.shape), _constraints(service, member.shape)


def _field(field: Field) -> tuple[str, str]:
    return field.use.value, sentence(field.note)


def _query_members(service: str, operation: str) -> str:
    fields = FIELDS[service][f"{operation}Request"]
    if not fields:
        return "No members."
    return table(("member", "use", "here"), [(code(name), *_field(field)) for name, field in fields.items()])


def _limits() -> Iterator[str]:
    yield "Beside the constraints of the members:"
    least_dpu, most_dpu = rules.SPARK_DPU
    defaults = config.Config()
    account = [
        (name, f"setting [`{name}`](configuration.md), {getattr(defaults, name)} unless set")
        for name in ("account_runs", "account_dpu", "queued_runs", "account_jobs", "account_triggers")
    ]
    what = {setting.name: setting.metadata["help"].rstrip(".") for setting in config.SETTINGS}
    wrong, full = code("InvalidInputException"), code("ResourceNumberLimitExceededException")
    unreadable = code("SerializationException")
    yield table(
        ("what", "limit", "error beyond it"),
        [
            ("Body of a request", f"{BODY_LIMIT:,} bytes", wrong),
            ("Objects and lists inside each other", json_body.MAX_DEPTH, unreadable),
            ("Values in a request", f"{json_body.MAX_NODES:,}", unreadable),
            ("All arguments of a run together", f"{rules.ARGUMENTS_BYTES:,} bytes of UTF-8", wrong),
            ("`MaxRetries`", f"0 to {rules.MAX_RETRIES}", wrong),
            ("`Timeout`, but for streaming jobs", f"below {rules.TIMEOUT_BELOW} minutes", wrong),
            ("DPUs of a Spark job, where it names no workers", f"whole numbers, {least_dpu} to {most_dpu}", wrong),
            ("DPUs of a Python shell job", " or ".join(f"{dpu:g}" for dpu in rules.PYTHONSHELL_DPU), wrong),
            ("Tags of a resource", tags.LIMIT, wrong),
            ("Actions of a trigger", MAX_ACTIONS, wrong),
            ("Runs of a job at a time", "its `MaxConcurrentRuns`", code("ConcurrentRunsExceededException")),
            *((what[name], limit, full) for name, limit in account),
        ],
    )


def _linked(service: Service, name: str) -> str:
    """A shape's type in words, with links to structures."""
    shape = service.shapes[name]
    match shape["type"]:
        case "structure" if name in OPAQUE:
            return "structure"
        case "structure" if shape.get("document"):
            return "JSON object"
        case "structure":
            return f"[{name}]({anchor(name)})"
        case "list":
            return f"list of {_linked(service, shape['member']['shape'])}"
        case "map" if name in OPAQUE:
            return "map"
        case "map":
            return f"map of {_linked(service, shape['key']['shape'])} to {_linked(service, shape['value']['shape'])}"
        case kind:
            return str(kind)


def _constraints(service: Service, name: str) -> str:
    """A shape's own constraints, and those of what it holds."""
    if name in OPAQUE:
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
        if name in seen or name in OPAQUE or service.shapes[name].get("document"):
            continue
        seen.add(name)
        shape = service.shapes[name]
        references = [
            *shape.get("members", {}).values(),
            *(shape[key] for key in ("member", "key", "value") if key in shape),
        ]
        waiting += [reference["shape"] for reference in references]
    return sorted(name for name in seen - roots if service.shapes[name]["type"] == "structure")
