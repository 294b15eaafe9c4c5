"""The manifests in pictures: who signed them, what they name, and for which request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, UnseenAnswerError
from gateprobe.image import Picture
from gateprobe.message import message
from gateprobe.model import (
    Place,
    Unobserved,
    inapplicable,
    not_installed,
    nothing_to_judge,
)
from gateprobe.provenance import (
    INSTALL,
    MEDIA_TYPES,
    NotInstalled,
    Provenance,
    Unreadable,
    read,
)
from gateprobe.request import FormBody, image_tool_in
from gateprobe.stream import AnswerKind

from .images import pictures, wrong_answer

NOTHING_PROVED: Final = message("that proves nothing, as every re-encoding removes it")


@dataclass(frozen=True, slots=True)
class Signed:
    """A picture, the image model that was requested (empty where unknown), and the manifest signed into it."""

    picture: Picture
    model: str
    provenance: Provenance | None
    place: Place


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that a picture carries, the requested image model, and the exchange that brought it."""

    provenance: Provenance
    model: str
    place: Place


def signed(evidence: Evidence) -> tuple[Signed, ...] | Unobserved:
    """Return every picture with its manifest; the finding that says why not, where none came or none can be read.

    Raises:
        MalformedAnswerError: a manifest exists and cannot be read.
    """
    try:
        received = tuple(_each(evidence))
    except NotInstalled as error:
        return not_installed(
            INSTALL, "the library that reads signed manifests is not installed: {error}", error=str(error)
        )
    return received or nothing_to_judge("no picture came that could carry a manifest")


def _each(evidence: Evidence) -> Iterator[Signed]:
    for exchange in evidence.exchanges:
        if not exchange.request.images:
            continue  # a link that was followed: its picture belongs to the exchange that returned it
        try:
            received = pictures(evidence, exchange) if exchange.kind is AnswerKind.IMAGES else exchange.pictures
            model = _requested(exchange)
        except (MalformedAnswerError, UnseenAnswerError):
            continue  # what is malformed is judged elsewhere
        for picture in (picture for picture in received if picture.format in MEDIA_TYPES):
            yield Signed(picture, model, _read(picture, exchange), exchange.place)


_READ: Final[dict[str, Provenance | None]] = {}
"""What was read of pictures, by their SHA-256: five probes ask, each for two claims."""


def _read(picture: Picture, exchange: Exchange) -> Provenance | None:
    if picture.sha256 not in _READ:
        try:
            _READ[picture.sha256] = read(picture.data, picture.format)
        except Unreadable as error:
            raise wrong_answer(
                exchange,
                "provenance.broken",
                "a picture's C2PA manifest cannot be read: {error!q}",
                error=str(error),
            ) from None
    return _READ[picture.sha256]


def _requested(exchange: Exchange) -> str:
    """Return the image model of a request; where it names none, that of the tool in the answer."""
    if exchange.kind is AnswerKind.IMAGES:
        body = exchange.request.body
        parts = body.parts if isinstance(body, FormBody) else ()
        named = next((part.data.decode("utf-8", "replace") for part in parts if part.name == "model"), None)
        named = named or exchange.request.json.get("model")
    else:
        named = image_tool_in(exchange.request.json).get("model") or image_tool_in(exchange.response).get("model")
    return named if isinstance(named, str) else ""


def manifests_of(evidence: Evidence) -> tuple[Manifest, ...] | Unobserved:
    """Return the manifests that pictures carry, at least one; else the finding that says why there is none."""
    received = signed(evidence)
    if isinstance(received, Unobserved):
        return received
    carried = ((picture.provenance, picture) for picture in received)
    manifests = tuple(
        Manifest(provenance, picture.model, picture.place) for provenance, picture in carried if provenance is not None
    )
    if manifests:
        return manifests
    return inapplicable("none of {total} pictures carries a manifest; {note}", total=len(received), note=NOTHING_PROVED)
