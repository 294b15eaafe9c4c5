"""Judge a JSON body: a Response, an Images answer, a list of models, an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.model import Level
from gateprobe.schema.explain import explain
from gateprobe.schema.fast import predicate
from gateprobe.stream.judge import MESSAGE
from gateprobe.stream.keywords.base import Broken, Doubt
from gateprobe.stream.model import Framing, Kind, Violation
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.payload.pictures import judge_body_pictures
from gateprobe.stream.rules import RULES
from gateprobe.text import printable

if TYPE_CHECKING:
    from gateprobe.model import Json

_SCHEMAS: Final = {
    Kind.RESPONSE: "wire/response",
    Kind.IMAGES_BODY: "wire/images",
    Kind.MODELS: "wire/models",
    Kind.ERROR: "wire/error",
}
_FAULTS: Final = {"stream.framing.json": "stream.body.json", "stream.framing.utf8": "stream.body.json"}
_USAGE: Final = ("input_tokens", "output_tokens", "total_tokens")


def judge_body(kind: Kind, value: Json, *, framing: Framing = Framing.WIRE) -> list[Violation]:
    """Judge one body by what `kind` says it is.

    Raises:
        KeyError: the kind is that of a stream.
    """
    broken: list[Broken] = []
    name = _SCHEMAS[kind]
    if not predicate(name, expecting=True)(value):
        expecting = predicate(name, expecting=False)(value)
        rule = "stream.body.expected" if expecting else "stream.body.schema"
        chat = kind is Kind.RESPONSE and isinstance(value, dict) and isinstance(value.get("choices"), list)
        said = "a chat completion is no Response: " * chat + explain(name, value, expecting=expecting)
        broken.append(Broken(rule, None, said, Doubt.MISFILED if chat else Doubt.NONE))
    if isinstance(value, dict):
        if kind in {Kind.RESPONSE, Kind.IMAGES_BODY}:
            judge_body_pictures(value, broken)
            _usage(value.get("usage"), broken)
        if kind is Kind.MODELS:
            _unique_ids(value.get("data"), broken)
    return [_violation(one, framing) for one in broken]


def judge_body_bytes(kind: Kind, body: bytes, *, framing: Framing = Framing.WIRE) -> list[Violation]:
    """Judge one body from its bytes: that it is JSON, and then as `judge_body` does."""
    value, faults = parse(body.strip(), lift=False)
    broken = [Broken(_FAULTS.get(fault.rule, fault.rule), None, fault.message) for fault in faults]
    told = [_violation(one, framing) for one in broken]
    if any(one.rule == "stream.body.json" for one in broken):
        return told
    return told + judge_body(kind, value, framing=framing)


def _usage(usage: Json, broken: list[Broken]) -> None:
    if not isinstance(usage, dict):
        return
    read, written, total = (usage.get(name) for name in _USAGE)
    if type(read) is int and type(written) is int and type(total) is int and read + written != total:
        text = f"`usage` says {read:,} in and {written:,} out, and {total:,} in total"
        broken.append(Broken("stream.body.usage", None, text))


def _unique_ids(data: Json, broken: list[Broken]) -> None:
    seen: set[str] = set()
    for entry in data if isinstance(data, list) else ():
        name = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(name, str) and name in seen:
            broken.append(Broken("stream.body.unique_ids", None, f"the model {name[:80]!r} is listed twice"))
            return
        if isinstance(name, str):
            seen.add(name)


def _violation(broken: Broken, framing: Framing) -> Violation:
    rule = RULES[broken.rule]
    doubtful = broken.doubt in {Doubt.SHORTENED, Doubt.MISFILED} and framing is not Framing.WIRE
    level = Level.SHOULD if doubtful and rule.level is Level.MUST else rule.level
    return Violation(broken.rule, level, rule.reading, None, None, printable(broken.message, MESSAGE))
