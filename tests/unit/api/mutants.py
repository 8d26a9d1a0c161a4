"""Requests that are wrong in one place, each with the verdict that the service model demands.

The walker knows the model and JSON and nothing of the code under test. A mutant is a valid request that reaches one
place of an operation's input, with one value put there. `sample` draws some, `every` gives all.
"""

from __future__ import annotations

import json
import math
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OK = "ok"
TYPE = "wrong type or not JSON: SerializationException"
CONSTRAINT = "a broken constraint: ValidationException (InvalidParameterException of logs)"

SPACES = "\t\n\r\x0b\x0c"
# What matches each pattern of the served slices and what does not, written by hand: (good, bad).
EXAMPLES: dict[str, tuple[list[str], list[str]]] = {
    r".*": (["", "Ray2.4"], ["a\nb", "\u2028"]),
    r"[\s\S]*": (["", "a\nb\U0001f600"], []),
    r"([^\r\n])*": (["a b", "\u2028"], ["a\nb", "\r"]),
    r"[A-Za-z0-9_-]*": (["node-1_A"], ["a b", "é", "a\n"]),
    r"[*A-Za-z0-9_-]*": (["*"], ["a.b", "é"]),
    r"^[A-Z\_]+$": (["READ_ONLY"], ["read", "A B", "A\n", ""]),
    r"^[A-Za-z0-9]+$": (["Abc9"], ["a_b", "", "a\n"]),
    r"^((\w+\.)+\w+|auto)$": (["5.1", "auto", "a.b.c"], ["5", "5.", "auto ", "5.1\n", "é.1"]),
    r"^([2-3]|3[.]9)$": (["2", "3", "3.9"], ["4", "3x9", "3.9\n", ""]),
    r"^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01]?[0-9]|2[0-3])$": (["Sun:0", "Sat:23"], ["Sun:24", "sun:1", "Mon", ""]),
    r"arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*": (
        ["arn:aws:glue:us-east-1:000000000000:job/a", "arn:aws-iso-b:glue:"],
        ["arn:aws-xx:glue:x", " arn:aws:glue:x", "arn:aws:glue:\n", ""],
    ),
    r"([\u0020-\u007E\r\s\n])*": (["~ " + SPACES], ["\x7f", "\x1f", "é"]),
    r"([\u0009\u000B\u000C\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF])*": (
        ["a\t\x0b\x0c\x7fé", "\U00010000", "\U0010ffff", "\ue000\ufffd"],
        ["\n", "\r", "\x01", "\ufffe"],
    ),
    r"([\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\s])*": (
        ["a" + SPACES, "\U0001f600"],
        ["\x01", "\x08", "\uffff"],
    ),
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*": (
        ["a", "a\tb", "\u202e", "\U0001f600", "\ud7ff"],
        ["a\nb", "\r", "\x0b", "\x1f", "\uffff"],
    ),
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*": (
        ["a\r\n\tb", "\U0001f600"],
        ["\x0b", "\x0c", "\x1f", "\ufffe"],
    ),
    r"[\.\-_/#A-Za-z0-9]*": (["/aws-glue/jobs"], ["a b", "a:b", "é"]),
    r"[\.\-_/#A-Za-z0-9]+": (["/aws-glue/jobs"], ["a b", "a:b", "é"]),
    r"[\w#+=/:,.@-]*": (["arn:aws:logs:x:1:log-group/a"], ["a b", "é", "*"]),
    r"[^:*]*": (["jr_1 x"], ["a:b", "*"]),
    r"[a-zA-Z0-9-_$#.]+": (["schema-1_$#."], ["a b", "é", ""]),
    r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}": (
        ["0123abcd-0123-4567-89ab-0123456789ab"],
        ["0123ABCD-0123-4567-89AB-0123456789AB", "0123abcd0123456789ab0123456789ab", ""],
    ),
    r"[\p{L}\p{N}\p{P}]*": (["tx-1_\u00e9\u4e2d\u0660\U0001d7d8!"], ["a b", "a+b", "\u20ac", "\U0001f600"]),
    r"\S+": (["a-b", "\u00e9"], ["a b", "a\n", ""]),
    r"^[\x20-\x7E]*$": (["a ~", ""], ["\x7f", "a\n", "\u00e9"]),
    r"^$|arn:aws[a-z0-9-]*:kms:.*": (["", "arn:aws-cn:kms:x"], ["arn:aws:glue:x", "arn:AWS:kms:x", "arn:aws:kms:\n"]),
    r"^arn:aws(-(cn|us-gov|iso(-[bef])?))?:secretsmanager:.*$": (
        ["arn:aws:secretsmanager:us-east-1:000000000000:secret:s"],
        ["arn:aws:kms:x", "arn:aws-xx:secretsmanager:x", ""],
    ),
    r"^([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_\-\+\/=]*)": (["a.b.c-+/", "a.b."], ["a.b", "a.b.c!", "a-.b.c"]),
    r"^(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]": (
        ["https://x.y/z?a=b", "http://a"],
        ["ftp://x", "https://", "https://a b", "https://a."],
    ),
    r"^(https?):\/\/[^\s/$.?#].[^\s]*$": (["https://xy", "http://x.y/"], ["https://x", "https:///a", "https://ab c"]),
    r"^\d{12}$": (["000000000000"], ["1", "00000000000a", "\u0660" * 12]),
}


class Raw(NamedTuple):
    """A value that only exists as JSON text."""

    text: str


class Mutant(NamedTuple):
    operation: str
    place: str
    kind: str
    body: bytes
    verdict: str

    def __str__(self) -> str:
        return f"{self.operation} {self.place}: {self.kind}, expected {self.verdict}: {self.body[:300]!r}"


class Site(NamedTuple):
    """A place in an operation's input. The last step is a member's name, None for an element, "" for a map's value."""

    steps: tuple[str | None, ...]
    shape: str
    required: bool


class Variant(NamedTuple):
    kind: str
    value: Callable[[], Any]
    verdict: str


class Walker:
    def __init__(self, model: Mapping[str, Any]) -> None:
        self.shapes: Mapping[str, Any] = model["shapes"]
        self.inputs: dict[str, str] = {name: entry["input"] for name, entry in model["operations"].items()}
        self._sites: dict[str, list[Site]] = {}

    def sample(self, count: int, seed: int) -> Iterator[Mutant]:
        """Mutants at random places: every operation as often as any other."""
        random = Random(seed)  # noqa: S311 - nothing here is secret
        names = sorted(self.inputs)
        for _ in range(count):
            operation = random.choice(names)
            site = random.choice(self.sites(operation))
            yield self._mutant(operation, site, random.choice(list(self._variants(site))))

    def every(self) -> Iterator[Mutant]:
        for operation in sorted(self.inputs):
            for site in self.sites(operation):
                for variant in self._variants(site):
                    yield self._mutant(operation, site, variant)

    def sites(self, operation: str) -> list[Site]:
        if operation not in self._sites:
            self._sites[operation] = list(self._walk(self.inputs[operation], (), ()))
        return self._sites[operation]

    def example(self, name: str) -> Any:
        """A small valid value of a shape."""
        shape = self.shapes[name]
        match shape["type"]:
            case "structure":
                return {m: self.example(shape["members"][m]["shape"]) for m in shape.get("required", [])}
            case "list":
                return [self.example(shape["member"]["shape"]) for _ in range(shape.get("min", 0))]
            case "map":
                return self._map(shape, shape.get("min", 0))
            case "string":
                return self._strings(shape)[0]
            case "boolean":
                return True
            case "integer" | "long" | "double":
                return max(shape.get("min", 1), 1) if shape.get("max", 1) >= 1 else shape["min"]
            case "timestamp":
                return "2026-01-31T12:00:00Z" if shape.get("timestampFormat") == "iso8601" else 1_767_225_600.5
        raise AssertionError(f"no example of {name}: {shape}")

    def request(self, operation: str, steps: tuple[str | None, ...], value: Any) -> Any:
        """A valid request, but for the value at one place."""
        return self._reach(self.inputs[operation], steps, value)

    def _walk(self, name: str, steps: tuple[str | None, ...], trail: tuple[str, ...]) -> Iterator[Site]:
        shape = self.shapes[name]
        if name in trail:
            return  # a shape inside itself has nothing new to show
        trail = (*trail, name)
        match shape["type"]:
            case "structure":
                for member, reference in shape["members"].items():
                    here = (*steps, member)
                    yield Site(here, reference["shape"], member in shape.get("required", []))
                    yield from self._walk(reference["shape"], here, trail)
            case "list" | "map":
                inner = shape["member" if shape["type"] == "list" else "value"]["shape"]
                here = (*steps, None if shape["type"] == "list" else "")
                yield Site(here, inner, required=True)
                yield from self._walk(inner, here, trail)

    def _reach(self, name: str, steps: tuple[str | None, ...], value: Any) -> Any:
        if not steps:
            return value
        shape = self.shapes[name]
        step, rest = steps[0], steps[1:]
        base = self.example(name)
        match shape["type"]:
            case "structure":
                assert step is not None
                return {**base, step: self._reach(shape["members"][step]["shape"], rest, value)}
            case "list":
                return [self._reach(shape["member"]["shape"], rest, value), *base[1:]]
            case _:
                return {**base, self._keys(shape, 1)[0]: self._reach(shape["value"]["shape"], rest, value)}

    def _mutant(self, operation: str, site: Site, variant: Variant) -> Mutant:
        raw: list[str] = []

        def mark(value: Any) -> str:
            raw.append(value.text)
            return "@RAW@"

        value = variant.value()
        text = json.dumps(self.request(operation, site.steps, mark(value) if isinstance(value, Raw) else value))
        for token in raw:
            text = text.replace('"@RAW@"', token)
        place = ".".join({None: "[]", "": "{}"}.get(step, str(step)) for step in site.steps)
        return Mutant(operation, place, variant.kind, text.encode(), variant.verdict)

    def _variants(self, site: Site) -> Iterator[Variant]:
        shape = self.shapes[site.shape]
        yield Variant("null", lambda: None, CONSTRAINT if site.required else OK)
        yield Variant("an example", lambda: self.example(site.shape), OK)
        accepted = {
            "structure": {"object"},
            "map": {"object"},
            "list": {"list"},
            "string": {"string"},
            "boolean": {"boolean"},
            "integer": {"integer"},
            "long": {"integer"},
            "double": {"integer", "float"},
            "timestamp": set() if shape.get("timestampFormat") == "iso8601" else {"integer", "float"},
        }[shape["type"]]
        others = {"string": "x", "boolean": False, "integer": 1, "float": 1.5, "list": [], "object": {}}
        for kind, value in others.items():
            if kind not in accepted:
                yield Variant(f"{kind} for {shape['type']}", lambda v=value: v, TYPE)
        for text in ("NaN", "-Infinity", "1e400", "-1e400", str(1 << 64), "9" * 5000, "01", "'x'", "tru"):
            yield Variant(f"the text {text[:10]}", lambda t=text: Raw(t), TYPE)
        match shape["type"]:
            case "structure":
                yield from self._structures(site.shape)
            case "list":
                yield from self._lists(shape)
            case "map":
                yield from self._maps(shape)
            case "string":
                yield from self._texts(shape)
            case "integer" | "long" | "double":
                yield from self._numbers(shape)

    def _structures(self, name: str) -> Iterator[Variant]:
        shape = self.shapes[name]
        yield Variant("unknown member", lambda: {**self.example(name), "NoSuchMember": [None]}, OK)
        yield Variant("a key twice", lambda: Raw('{"a": 1, "a": 1}'), TYPE)
        for member in shape.get("required", []):
            yield Variant(
                f"without {member}",
                lambda m=member: {k: v for k, v in self.example(name).items() if k != m},
                CONSTRAINT,
            )

    def _lists(self, shape: Mapping[str, Any]) -> Iterator[Variant]:
        element = shape["member"]["shape"]
        if "max" in shape:
            for size, verdict in ((shape["max"], OK), (shape["max"] + 1, CONSTRAINT)):
                yield Variant(f"{size} elements", lambda n=size: [self.example(element)] * n, verdict)
        if shape.get("min"):
            yield Variant("too few elements", lambda: [self.example(element)] * (shape["min"] - 1), CONSTRAINT)

    def _maps(self, shape: Mapping[str, Any]) -> Iterator[Variant]:
        if "max" in shape:
            yield Variant(f"{shape['max']} entries", lambda: self._map(shape, shape["max"]), OK)
            if len(self._keys(shape, shape["max"] + 1)) > shape["max"]:  # else its keys are an enum of fewer
                yield Variant(f"{shape['max'] + 1} entries", lambda: self._map(shape, shape["max"] + 1), CONSTRAINT)
        value = shape["value"]["shape"]
        for variant in self._texts(self.shapes[shape["key"]["shape"]]):
            if variant.verdict is CONSTRAINT:
                yield Variant(f"key: {variant.kind}", lambda v=variant: {v.value(): self.example(value)}, CONSTRAINT)

    def _texts(self, shape: Mapping[str, Any]) -> Iterator[Variant]:
        yield Variant("half a surrogate pair", lambda: "a\ud800", TYPE)
        yield Variant("U+0000", lambda: "a\0", TYPE)
        if shape.get("min"):
            yield Variant("too short", lambda: "x" * (shape["min"] - 1), CONSTRAINT)
        if "max" in shape:
            yield Variant("too long", lambda: "x" * (shape["max"] + 1), CONSTRAINT)
        for value in self._strings(shape):
            yield Variant(f"{value[:20]!r}", lambda v=value: v, OK)
        for value in EXAMPLES[shape["pattern"]][1] if "pattern" in shape else []:
            yield Variant(f"off pattern: {value!r}", lambda v=value: v, CONSTRAINT)
        if "enum" in shape:
            yield Variant("off enum", lambda: "no such value", CONSTRAINT)
            yield Variant("another case", shape["enum"][0].swapcase, CONSTRAINT)

    def _strings(self, shape: Mapping[str, Any]) -> list[str]:
        """Valid strings of a shape."""
        low, high = shape.get("min", 0), shape.get("max", math.inf)
        if "enum" in shape:
            return list(shape["enum"])
        if "pattern" in shape:
            return [text for text in EXAMPLES[shape["pattern"]][0] if low <= len(text) <= high]
        texts = ["x" * max(low, 1), "x" * low, "\u202e" * max(low, 1), " \n" * max(low, 1)]
        return [text for text in texts if low <= len(text) <= high] + (["x" * high] if "max" in shape else [])

    def _map(self, shape: Mapping[str, Any], size: int) -> dict[str, Any]:
        return {key: self.example(shape["value"]["shape"]) for key in self._keys(shape, size)}

    def _keys(self, shape: Mapping[str, Any], size: int) -> list[str]:
        return self.shapes[shape["key"]["shape"]].get("enum", [f"k{n}" for n in range(size)])[:size]

    def _numbers(self, shape: Mapping[str, Any]) -> Iterator[Variant]:
        for bound, beyond in (("min", -1), ("max", 1)):
            if bound in shape:
                yield Variant(f"at the {bound}", lambda v=shape[bound]: v, OK)
                yield Variant(f"beyond the {bound}", lambda v=shape[bound] + beyond: v, CONSTRAINT)
        if shape["type"] == "double":
            if "max" not in shape:
                yield Variant("a large number", lambda: 1e300, OK)
        else:
            bits = 31 if shape["type"] == "integer" else 63
            yield Variant("the largest integer", lambda: (1 << bits) - 1, CONSTRAINT if "max" in shape else OK)
            yield Variant("an integer too large", lambda: 1 << bits, TYPE)
            yield Variant("the smallest integer", lambda: -(1 << bits), CONSTRAINT if "min" in shape else OK)
            yield Variant("an integer too small", lambda: -(1 << bits) - 1, TYPE)
