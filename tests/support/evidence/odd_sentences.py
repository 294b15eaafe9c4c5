"""What `check` and the audit say of odd bodies: every sentence, and what must not be in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.build import generations, image_tool, models, responses
from gateprobe.check.judging import Checking
from gateprobe.errors import UsageError
from gateprobe.gateway import reference
from gateprobe.model import Observed
from gateprobe.stream import AnswerKind
from tests.support.evidence.evidence_builders import exchange, judged
from tests.support.evidence.odd_bodies import odd_bodies

KINDS: Final = (None, *AnswerKind)

_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_PYTHON: Final = re.compile(
    r"\b(?:None|True|False|NoneType|dict|str|bytearray|bytes-like|tuple|codec|surrogates?|Errno|Traceback|char \d+)\b"
    r"|\b[A-Z]\w+Error\b|object at 0x|<_io|\bb'"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence about one body: by which way it was judged, and the name of the body."""

    body: str
    way: str
    text: str

    @property
    def python(self) -> str:
        """The word of Python in it, outside of what it quotes; empty where there is none."""
        match = _PYTHON.search(_QUOTED.sub("", self.text))
        return match.group() if match else ""


def checked(name: str, kind: AnswerKind | None) -> list[Sentence]:
    """Return what `check` says of a body."""
    body, _ = odd_bodies()[name]
    way = f"check --kind {kind}" if kind is not None else "check"
    try:
        found = list(Checking("body", kind).violations([body]))
    except UsageError as error:
        return [Sentence(name, way, str(error))]
    return [Sentence(name, way, str(violation.message)) for violation in found]


def audited(name: str) -> Iterator[Sentence]:
    """Yield what the audit says of a body, where each endpoint answers with it."""
    body, _ = odd_bodies()[name]
    gateway = reference()
    picture = responses(gateway, tools=[image_tool(gateway)], buys=1)
    rows = (
        ("picture_comes", generations(gateway), 200),
        ("plain_picture_arrives", picture, 200),
        ("response_has_its_fields", picture, 200),
        ("models_are_listed", models(gateway), 200),
        ("refusals_carry_the_envelope", generations(gateway), 400),
        ("refusals_hold_no_words_for_nothing", generations(gateway), 400),
    )
    for probe, request, status in rows:
        record = judged(probe, exchange(request, body, status=status))
        if record.observed is not Observed.HONOURED:
            yield Sentence(name, probe, str(record.reason))


def unnamed(name: str, sentences: list[Sentence]) -> list[str]:
    """Return the ways that say something of a body and name its form in no sentence.

    A body that is an object of the API is named where another one was expected.
    """
    _, words = odd_bodies()[name]
    by_way: dict[str, list[str]] = {}
    for sentence in sentences:
        if sentence.body == name:
            by_way.setdefault(sentence.way, []).append(sentence.text)
    return [
        way for way, texts in by_way.items() if not any(word in text for word in words.split("|") for text in texts)
    ]
