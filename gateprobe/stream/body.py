"""Judge a JSON body: a Response, an Images answer, a list of models, an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import message
from gateprobe.schema.explain import explain
from gateprobe.schema.fast import predicate
from gateprobe.stream.consistency import judge_consistency
from gateprobe.stream.forms import Shape, describe_bytes, foreign_form, shape_of
from gateprobe.stream.keywords.base import Breach, Doubt
from gateprobe.stream.missing_usage import lacks_only_usage
from gateprobe.stream.model import AnswerKind, Framing, Violation
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.payload.error_words import words_for_nothing
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
_SHAPES: Final = {
    AnswerKind.RESPONSE: (Shape.RESPONSE, message("a Response object")),
    AnswerKind.IMAGES_BODY: (Shape.IMAGES, message("an Images answer with `data`")),
    AnswerKind.MODELS: (Shape.MODELS, message("a list of models")),
    AnswerKind.ERROR: (Shape.ERROR, message("an error object")),
}
_CALL_FIELDS: Final = frozenset(
    {
        *("id", "type", "status", "action", "background", "output_format", "quality", "size", "revised_prompt"),
        *("result", "error", "model", "n", "svg_usage", "created_by"),
    }
)
"""The fields of an image call; a call with another one may hold its picture there."""


def judge_body(
    kind: AnswerKind, value: Json, *, framing: Framing = Framing.WIRE, retrieved: bool | None = None
) -> list[Violation]:
    """Return the violations of a body that claims to be of a kind.

    `retrieved` tells whether a Response was fetched again, when it may leave its pictures out; None where nobody knows.

    Raises:
        KeyError: the kind is that of a stream.
    """
    breaches: list[Breach] = []
    name = _SCHEMAS[kind]
    if not predicate(name, expecting=True)(value):
        expecting = predicate(name, expecting=False)(value)
        rule = "stream.body.expected" if expecting else "stream.body.schema"
        shape, expected = _SHAPES[kind]
        form = None if expecting else foreign_form(value, shape)
        if form is not None:
            foreign = message("the body is {form}, expected {expected}", form=form, expected=expected)
            chat = isinstance(value, dict) and isinstance(value.get("choices"), list)
            misfiled = kind is AnswerKind.RESPONSE and chat
            doubt = Doubt.MISFILED if misfiled else Doubt.NONE
            is_error = kind is AnswerKind.ERROR or shape_of(value) is Shape.ERROR
            fault_kind = "" if is_error else "surface.foreign_shape"
            return [body_violation(Breach(rule, None, foreign, doubt, fault_kind), framing)]
        problem = explain(name, value, expecting=expecting)
        left_out = kind is AnswerKind.RESPONSE and not expecting and _leaves_pictures_out(value)
        if left_out and retrieved:
            pass
        elif left_out:
            problem = message("{problem} (only a response that is retrieved may leave it out)", problem=problem)
            breaches.append(Breach(rule, None, problem, Doubt.NONE if retrieved is False else Doubt.RETRIEVED))
        else:
            fault_kind = "usage.missing" if expecting and lacks_only_usage(name, value) else ""
            breaches.append(Breach(rule, None, problem, fault_kind=fault_kind))
    if isinstance(value, dict):
        if kind in {AnswerKind.RESPONSE, AnswerKind.IMAGES_BODY}:
            judge_body_pictures(value, breaches)
            judge_consistency(kind, value, breaches)
        if kind is AnswerKind.MODELS:
            _unique_ids(value.get("data"), breaches)
        error = value.get("error")
        if kind is AnswerKind.ERROR and isinstance(error, dict) and (words := words_for_nothing(error)) is not None:
            breaches.append(Breach("stream.body.error_words", None, words))
    return [body_violation(breach, framing) for breach in breaches]


def judge_body_bytes(
    kind: AnswerKind, body: bytes, *, framing: Framing = Framing.WIRE, retrieved: bool | None = None
) -> list[Violation]:
    """Return the violations of a body from its bytes: that it is JSON, and then as `judge_body` does."""
    value, faults = parse(body.strip(), full_text=True)
    if any(fault.rule == "stream.framing.json" for fault in faults):
        form = message("the body is not valid JSON: it is {form}", form=describe_bytes(body))
        breaches = [Breach("stream.body.json", None, form)]
    else:
        breaches = [Breach(_BODY_RULES.get(fault.rule, fault.rule), None, fault.message) for fault in faults]
    violations = [body_violation(breach, framing) for breach in breaches]
    if any(breach.rule == "stream.body.json" for breach in breaches):
        return violations
    return violations + judge_body(kind, value, framing=framing, retrieved=retrieved)


def _leaves_pictures_out(value: Json) -> bool:
    """Return whether a Response breaks its schema only because pictures of its calls are absent or null."""
    output = value.get("output") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(output, list):
        return False
    filled = [{**item, "result": "AAAA"} if _is_without_picture(item) else item for item in output]
    return filled != output and predicate(_SCHEMAS[AnswerKind.RESPONSE], expecting=False)({**value, "output": filled})


def _is_without_picture(item: Json) -> bool:
    if not isinstance(item, dict) or item.get("type") != "image_generation_call":
        return False
    return item.get("result") is None and item.keys() <= _CALL_FIELDS


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
