"""Judge a JSON body: a Response, an Images answer, a list of models, an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import message
from gateprobe.schema.explain import explain
from gateprobe.schema.fast import predicate
from gateprobe.stream.keywords.base import Breach, Doubt
from gateprobe.stream.model import AnswerKind, Framing, Violation
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.payload.pictures import judge_body_pictures
from gateprobe.stream.violations import body_violation

if TYPE_CHECKING:
    from gateprobe.model import Json

_SCHEMAS: Final = {
    AnswerKind.RESPONSE: "wire/response",
    AnswerKind.IMAGES_BODY: "wire/images",
    AnswerKind.MODELS: "wire/models",
    AnswerKind.ERROR: "wire/error",
}
_BODY_RULES: Final = {"stream.framing.json": "stream.body.json", "stream.framing.utf8": "stream.body.json"}
_USAGE: Final = ("input_tokens", "output_tokens", "total_tokens")


def judge_body(kind: AnswerKind, value: Json, *, framing: Framing = Framing.WIRE) -> list[Violation]:
    """Return the violations of a body that claims to be of a kind.

    Raises:
        KeyError: the kind is that of a stream.
    """
    breaches: list[Breach] = []
    name = _SCHEMAS[kind]
    if not predicate(name, expecting=True)(value):
        expecting = predicate(name, expecting=False)(value)
        rule = "stream.body.expected" if expecting else "stream.body.schema"
        problem = explain(name, value, expecting=expecting)
        if kind is AnswerKind.RESPONSE and isinstance(value, dict) and isinstance(value.get("choices"), list):
            chat = message("this is a chat completion, not a Response: {problem}", problem=problem)
            breaches.append(Breach(rule, None, chat, Doubt.MISFILED))
        else:
            breaches.append(Breach(rule, None, problem))
    if isinstance(value, dict):
        if kind in {AnswerKind.RESPONSE, AnswerKind.IMAGES_BODY}:
            judge_body_pictures(value, breaches)
            _usage(value.get("usage"), breaches)
        if kind is AnswerKind.MODELS:
            _unique_ids(value.get("data"), breaches)
    return [body_violation(breach, framing) for breach in breaches]


def judge_body_bytes(kind: AnswerKind, body: bytes, *, framing: Framing = Framing.WIRE) -> list[Violation]:
    """Return the violations of a body from its bytes: that it is JSON, and then as `judge_body` does."""
    value, faults = parse(body.strip(), full_text=True)
    breaches = [Breach(_BODY_RULES.get(fault.rule, fault.rule), None, fault.message) for fault in faults]
    violations = [body_violation(breach, framing) for breach in breaches]
    if any(breach.rule == "stream.body.json" for breach in breaches):
        return violations
    return violations + judge_body(kind, value, framing=framing)


def _usage(usage: Json, breaches: list[Breach]) -> None:
    if not isinstance(usage, dict):
        return
    read, written, total = (usage.get(name) for name in _USAGE)
    if type(read) is int and type(written) is int and type(total) is int and read + written != total:
        text = message(
            "`usage` states {read:,} input and {written:,} output tokens, and {total:,} in total",
            read=read,
            written=written,
            total=total,
        )
        breaches.append(Breach("stream.body.usage", None, text))


def _unique_ids(data: Json, breaches: list[Breach]) -> None:
    seen: set[str] = set()
    for entry in data if isinstance(data, list) else ():
        model = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(model, str) and model in seen:
            twice = message("the model {model!q} is listed twice", model=model)
            breaches.append(Breach("stream.body.unique_ids", None, twice))
            return
        if isinstance(model, str):
            seen.add(model)
