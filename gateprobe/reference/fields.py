"""Reading parameters out of a request, refusing wrong ones in OpenAI's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.http.exchange import RefusalError


def refuse(message: str, code: str | None, param: str | None) -> RefusalError:
    """Refuse with 400 and `invalid_request_error`."""
    return RefusalError(400, message, code=code, param=param)


def unknown(param: str) -> RefusalError:
    """Refuse a parameter that does not exist (recorded: `Unknown parameter: 'response_format'.`)."""
    return refuse(f"Unknown parameter: '{param}'.", "unknown_parameter", param)


def missing(param: str) -> RefusalError:
    """Refuse a request that lacks a parameter."""
    return refuse(f"Missing required parameter: '{param}'.", "missing_required_parameter", param)


def not_json() -> RefusalError:
    """Refuse a body that is no JSON object."""
    return refuse(
        "We could not parse the JSON body of your request. The API expects a JSON payload, "
        "but what was sent was not valid JSON.",
        None,
        None,
    )


def bad_value(value: str, choices: Sequence[str], param: str) -> RefusalError:
    """Refuse a value that is not among `choices` (recorded form of the sentence)."""
    *others, last = (f"'{choice}'" for choice in choices)
    listed = f"{', '.join(others)}, and {last}" if len(others) > 1 else " and ".join((*others, last))
    return refuse(f"Invalid value: '{value[:80]}'. Supported values are: {listed}.", "invalid_value", param)


_KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def bad_type(value: Json, expected: str, param: str) -> RefusalError:
    """Refuse a value of the wrong JSON type."""
    return refuse(
        f"Invalid type for '{param}': expected {expected}, but got {_KINDS[type(value)]} instead.",
        "invalid_type",
        param,
    )


@dataclass(frozen=True, slots=True)
class Fields:
    """The parameters of one object of a request; `prefix` is where it stands, such as `tools[0].`.

    Every reader takes null for "not given", gives the default then, and raises RefusalError for a wrong value.
    """

    values: Mapping[str, Json]
    prefix: str = ""

    def only(self, known: Iterable[str]) -> None:
        """Refuse the first parameter that is not known."""
        allowed = frozenset(known)
        for name in self.values:
            if name not in allowed:
                raise unknown(f"{self.prefix}{name}")

    def text(self, name: str, default: str | None = None) -> str | None:
        """Read a string."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise bad_type(value, "a string", f"{self.prefix}{name}")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Read one of `choices`."""
        value = self.text(name, default)
        if value is None or value not in choices:
            raise bad_value(str(value), choices, f"{self.prefix}{name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a boolean."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise bad_type(value, "a boolean", f"{self.prefix}{name}")
        return value

    def object(self, name: str) -> dict[str, Json]:
        """Read an object; one that is not given is empty."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_type(value, "an object", f"{self.prefix}{name}")
        return value

    def integer(self, name: str, low: int, high: int | None = None) -> int | None:
        """Read a whole number from `low` to `high`, both included."""
        value = self.values.get(name)
        if value is None:
            return None
        param = f"{self.prefix}{name}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_type(value, "an integer", param)
        if value < low:
            raise refuse(
                f"Invalid '{param}': integer below minimum value. Expected a value >= {low}, but got {value} instead.",
                "integer_below_min_value",
                param,
            )
        if high is not None and value > high:
            raise refuse(
                f"Invalid '{param}': integer above maximum value. Expected a value <= {high}, but got {value} instead.",
                "integer_above_max_value",
                param,
            )
        return value
