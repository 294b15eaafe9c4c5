"""Tell an answer whose usage is absent from one that lacks other fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.schema.fast import predicate

if TYPE_CHECKING:
    from gateprobe.model import Json

_TOKENS: Final = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
_USAGES: Final[tuple[dict[str, Json], ...]] = (
    {
        **_TOKENS,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
    {**_TOKENS, "input_tokens_details": {"image_tokens": 0, "text_tokens": 0}},
)
"""A usage of a Response and one of pictures."""


def lacks_only_usage(name: str, value: Json) -> bool:
    """Return whether an object would have all that the schema `name` expects, had it a usage."""
    check = predicate(name, expecting=True)
    return any(check(_with_usage(value, usage)) for usage in _USAGES)


def _with_usage(value: Json, usage: dict[str, Json]) -> Json:
    """Return an object, and the Response that it carries, with a usage where there is none."""
    if not isinstance(value, dict):
        return value
    if isinstance(response := value.get("response"), dict):
        return {**value, "response": _with_usage(response, usage)}
    return value if value.get("usage") is not None else {**value, "usage": usage}
