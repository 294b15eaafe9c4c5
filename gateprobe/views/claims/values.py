"""Documented values in a few characters, by the form that the catalogue gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Claim, Json


def short(claim: Claim) -> str:
    """Write a claim's values as a table shows them: `1 to 10`, `png, jpeg`, `low 1024x1024: 196`; empty for none."""
    if not claim.values:
        return ""
    known = catalogue()
    form = known[claim.capability].form if claim.capability in known else ""
    match form:
        case "counts":
            return _counts(claim.values)
        case "range":
            return " to ".join(map(_number, claim.values))
        case "durations":
            return ", ".join(
                f"{_where(value)}{' to '.join(map(_number, value['seconds']))} s" for value in claim.values
            )
        case "tokens":
            return ", ".join(f"{_where(value)}{value['output_tokens']:,}" for value in claim.values)
        case "pictures":
            return ", ".join(f"{_where(value)}{value['usd']} USD" for value in claim.values)
        case "limit":
            return _number(claim.values[0])
        case _:
            return ", ".join(map(str, claim.values))


def phrase(claim: Claim) -> str:
    """Write what a claim says beside its stance: values, manner, the models it speaks of; empty where it has none."""
    models = f"of {', '.join(claim.models)} alone" if claim.models else ""
    form = "in a form of its own" if claim.otherwise else ""
    return "; ".join(filter(None, (short(claim), claim.manner, models, form)))


def _counts(values: Sequence[Json]) -> str:
    """Write whole numbers that follow each other as a span."""
    if len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):
        return f"{values[0]} to {values[-1]}"
    return ", ".join(map(str, values))


def _number(value: Json) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _where(values: Mapping[str, Json]) -> str:
    """Write what a value holds for, with a colon: `edit high 1536x1024: `."""
    words = [str(values[key]) for key in ("surface", "quality", "size") if key in values]
    return f"{' '.join(words)}: " if words else ""
