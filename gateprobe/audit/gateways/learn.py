"""Write a gateway file of the observed behaviour of an unknown gateway; later audits find what changed.

Observed behaviour is not a promise of the vendor, and the file states that: its only document is the run, in our words.
A document of the vendor should replace it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateprobe.gateway import Gateway, Models, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.types import Document, Limits, Prices
from gateprobe.model import Cause, Claim, Json, Observed, Source, Stance
from gateprobe.record.file import Record
from gateprobe.text import printable

DOCUMENT: Final = "observed"
"""The key of the only document that a learnt file quotes."""

_SENTENCE: Final = 300  # characters of a quoted sentence
_REFUSALS: Final = frozenset({Observed.REFUSED, Observed.IGNORED})


@dataclass(frozen=True, slots=True)
class Learnt:
    """A gateway with its observed behaviour, and the capabilities without a claim.

    `mixed` capabilities worked in part, or were answered outside the protocol.
    """

    gateway: Gateway
    mixed: tuple[str, ...] = ()
    unobserved: tuple[str, ...] = ()

    def with_stance(self, stance: Stance) -> tuple[str, ...]:
        """Return the capabilities with this stance."""
        return tuple(name for name, claim in self.gateway.claims.items() if claim.stance is stance)


def learn(gateway: Gateway, records: Iterable[Record], day: str) -> Learnt:
    """Return claims from the records of one gateway, on a day (`2026-11-29`).

    A capability is offered where all of its records are honoured, and declined where none is. The same evidence, judged
    by the learnt file, contradicts no claim.
    """
    document = Document(f"Observations of gateprobe at {gateway.base_url}", day, "en", paraphrased=True)
    by_capability: dict[str, list[Record]] = {}
    for record in records:
        by_capability.setdefault(record.capability, []).append(record)
    claims: dict[str, Claim] = {}
    mixed, unobserved = [], []
    for capability in catalogue().by_id:
        observed = [
            record for record in by_capability.get(capability, ()) if record.observed is not Observed.UNOBSERVED
        ]
        kinds = {record.observed for record in observed}
        other = _other_form(capability, observed)
        if not observed:
            unobserved.append(capability)
        elif other:
            claim = Claim(capability, Stance.OFFERED, other, sources=(_source(document, observed),))
            claims[capability] = claim
        elif kinds == {Observed.HONOURED} and _is_tested_in_part(capability, by_capability[capability]):
            mixed.append(capability)
        elif kinds == {Observed.HONOURED}:
            offered = _reference_claim(capability)
            values = _observed_values(offered, observed)
            claims[capability] = replace(offered, values=values, sources=(_source(document, observed),))
        elif kinds <= _REFUSALS:
            claims[capability] = Claim(capability, Stance.DECLINED, sources=(_source(document, observed),))
        else:
            mixed.append(capability)
    about = f"Written by gateprobe on {day} from observations, not from a document of the vendor."
    learnt = replace(
        gateway,
        about=about,
        documents={DOCUMENT: document},
        claims=claims,
        prices=Prices(),
        limits=Limits(),
        embedded=False,
        adopted=False,
    )
    return Learnt(learnt, tuple(mixed), tuple(unobserved))


def _reference_claim(capability: str) -> Claim:
    """Return OpenAI's claim, by which a bare address is judged, as an uncontested offer."""
    claim = reference().documented(capability)
    return replace(claim, stance=Stance.OFFERED, contested=(), otherwise=False, models=())


def _other_form(capability: str, observed: Sequence[Record]) -> tuple[Json, ...]:
    """Return the form of a received picture if it differs from OpenAI's, else nothing.

    `url` in place of `b64_json` and a data URI in place of a link are no refusal: they are values of the capability.
    """
    forms = _FORMS.get(catalogue()[capability].form, ())
    stated = [value for record in observed for value in record.message.values.values() if record.fault_kind]
    return tuple(dict.fromkeys(value for value in stated if value in forms and isinstance(value, str)))[:1]


_FORMS: Final[Mapping[str, tuple[str, ...]]] = {"encodings": ("b64_json", "url"), "links": ("http", "data-uri")}
"""The forms of a picture, by the form of a claim's values."""


def _is_tested_in_part(capability: str, records: Iterable[Record]) -> bool:
    """Return whether some values of a capability were not tested; a claim could not say which."""
    known = catalogue()[capability]
    if known.option or known.form != "none":
        return False
    return any(record.observed is Observed.UNOBSERVED and record.value is not None for record in records)


_RANGES: Final = frozenset({"images.generate.n"})
_UNTESTED: Final = frozenset({"usage.price"})
"""Capabilities whose values no answer shows."""


def _observed_values(claim: Claim, observed: Sequence[Record]) -> tuple[Json, ...]:
    """Return the values of an offer: those that were asked for and honoured, or the only one that can be meant.

    Values that are a range (`n`) would state a limit, which nobody observed: none are written. Of several values that
    an honoured answer may have had, none is written either.
    """
    if claim.capability in _RANGES or catalogue()[claim.capability].form == "none":
        return ()
    asked = dict.fromkeys(record.value for record in observed if isinstance(record.value, str | int))
    if catalogue()[claim.capability].option:
        return tuple(value for value in asked if not claim.values or value in claim.values)
    if named := tuple(value for value in asked if value in claim.values):
        return named
    return claim.values if len(claim.values) == 1 and claim.capability not in _UNTESTED else ()


def rejected_key(records: Iterable[Record]) -> str:
    """Return the answer that rejected the key, where nothing that needs a key was answered; empty otherwise."""
    judged = list(records)
    refusal = next((record.reason for record in judged if record.cause is Cause.AUTH), "")
    surfaces = ("models", "responses", "images")
    answered = any(
        record.observed is not Observed.UNOBSERVED and record.capability.partition(".")[0] in surfaces
        for record in judged
    )
    return "" if answered else refusal


def _source(document: Document, observed: Sequence[Record]) -> Source:
    reasons = list(dict.fromkeys(record.reason.strip() or str(record.observed) for record in observed))
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    quote = printable(reasons[0], _SENTENCE) + more
    return Source(DOCUMENT, document.title, document.date, quote, paraphrased=True)


def models_of(listed: Sequence[str], wanted: Models) -> Models:
    """Choose the listed models that are closest to OpenAI's.

    That is the model itself, with a vendor's prefix or without; else the newest of its family (`gpt-image-…`, `gpt-…`);
    else OpenAI's model, which the audit then reports as missing.
    """
    return Models(_closest(listed, wanted.text, _TEXT), _closest(listed, wanted.image, _IMAGE))


_IMAGE: Final = re.compile(r"(?:.*/)?(?:gpt-image|chatgpt-image)\b.*")
_TEXT: Final = re.compile(r"(?:.*/)?gpt-\d[\d.]*(?:-mini|-nano|-pro)?")


def _closest(listed: Sequence[str], wanted: str, family: re.Pattern[str]) -> str:
    if wanted in listed:
        return wanted
    same = [name for name in listed if name.rpartition("/")[2] == wanted]
    alike = sorted((name for name in listed if family.fullmatch(name)), key=_newest)
    return (same or alike[-1:] or [wanted])[0]


def _newest(name: str) -> tuple[tuple[int, ...], int]:
    """Sort models of one family by their numbers, and equal ones by length, the shorter name last."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", name.rpartition("/")[2])), -len(name)
