"""Say in one sentence what a schema found wrong, without repeating the value: it may be a picture of ten megabytes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from gateprobe.schema import validator
from gateprobe.text import printable

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from gateprobe.model import Json

_SHOWN: Final = 3
_VALUE: Final = 60
_NAMES: Final = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def explain(name: str, value: Json, *, expecting: bool) -> str:
    """Name the first few places where a value breaks the schema `name`, and what was expected there."""
    errors = list(islice(validator(name, expecting=expecting).iter_errors(value), _SHOWN + 1))
    said = list(dict.fromkeys(_sentence(error) for error in errors[:_SHOWN]))
    more = " (and more)" if len(errors) > _SHOWN else ""
    return "; ".join(said) + more if said else "it breaks its schema"


def _sentence(error: ValidationError) -> str:
    where = _place(error)
    wanted: Json = error.validator_value
    instance: Json = error.instance
    match str(error.validator):
        case "required":
            missing = [key for key in wanted if key not in instance]
            return f"{where} lacks {', '.join(missing)}"
        case "type":
            names = wanted if isinstance(wanted, str) else " or ".join(wanted)
            return f"{where} is {_kind(instance)}, expected {names}"
        case "const":
            return f"{where} is {_shown(instance)}, expected {_shown(wanted)}"
        case "enum":
            return f"{where} is {_shown(instance)}, expected one of {', '.join(map(str, wanted))}"
        case "minLength" | "minItems":
            return f"{where} is empty"
        case "maxItems":
            return f"{where} has {len(instance)} entries, expected at most {wanted}"
        case "minimum" | "maximum":
            return f"{where} is {_shown(instance)}, expected {error.validator} {wanted}"
        case "anyOf":
            branches = [_sentence(inner) for inner in (error.context or ())[:2]]
            return f"{where} has none of the allowed forms ({'; or '.join(branches)})"
        case _:
            return f"{where} breaks {error.validator}"


def _place(error: ValidationError) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path]
    return "`" + printable("".join(parts).lstrip("."), 80) + "`" if parts else "it"


def _kind(value: Json) -> str:
    return _NAMES.get(type(value)) or f"the number {_shown(value)}"


def _shown(value: Json) -> str:
    if isinstance(value, dict | list):
        return f"{_kind(value)} of {len(value)}"
    return printable(repr(value) if isinstance(value, str) else str(value)[: 2 * _VALUE], _VALUE)
