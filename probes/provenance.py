"""Provenance: the signed manifests in pictures that other probes bought: the signer, the product, the validity.

A missing manifest proves nothing, as every re-encoding removes it. No trust list is used here, so anybody can have
signed under any name: a manifest confirms nothing about OpenAI, and the name of its signer is not checked. What a
manifest states against the gateway (another product, another model) is its own word and counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, UnseenAnswerError
from gateprobe.gateway.modelfacts import facts_of
from gateprobe.image import Picture
from gateprobe.message import Message, message
from gateprobe.model import (
    Claim,
    Finding,
    Place,
    Unobserved,
    honoured,
    ignored,
    inapplicable,
    malformed,
    not_installed,
    nothing_to_judge,
)
from gateprobe.probe import Selection, probe
from gateprobe.provenance import (
    INSTALL,
    MEDIA_TYPES,
    Drawn,
    Generation,
    NotInstalled,
    Provenance,
    Unreadable,
    drawn_by,
    read,
)
from gateprobe.request import FormBody, image_tool_in
from gateprobe.stream import AnswerKind

from .scenarios.streams import large_picture, largest_size
from .support.exchanges import buys
from .support.images import pictures, wrong_answer

API: Final = ("API", "OpenAI-API", "OpenAI Media Service API")
"""Claim generators of OpenAI's API (recorded traffic, 2025-10 to 2026-08)."""

ENLARGED: Final = 0.45
"""The highest sharpness of a picture that was enlarged to twice its size (measured with four methods)."""

OWN_DETAIL: Final = 0.5
"""The lowest sharpness of a picture with detail of its own size; between the two values nothing is certain."""

_NOTHING_PROVED: Final = message("that proves nothing, as every re-encoding removes it")


def _brings_picture(exchange: Exchange) -> bool:
    """Return whether an exchange was paid for a picture, or fetched a link to one."""
    return exchange.ok and (exchange.request.images > 0 or exchange.content_type.startswith("image/"))


PICTURES: Final = Selection(
    "every picture that came", (), _brings_picture, could_match=buys, missing_reason=message("no picture came")
)


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


def _manifests(evidence: Evidence) -> tuple[Manifest, ...] | Unobserved:
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
    return inapplicable(
        "none of {total} pictures carries a manifest; {note}", total=len(received), note=_NOTHING_PROVED
    )


@probe("provenance.c2pa_present", needs=PICTURES, level="info", vendor_only=True)
def pictures_carry_a_manifest(evidence: Evidence, claim: Claim) -> Finding:
    """Each picture carries a C2PA manifest."""
    received = signed(evidence)
    if isinstance(received, Unobserved):
        return received
    without = [picture for picture in received if picture.provenance is None]
    if without:
        return ignored(
            "provenance.broken",
            "{number} of {total} pictures carry no C2PA manifest; {note}",
            number=len(without),
            total=len(received),
            note=_NOTHING_PROVED,
        ).at(without[0].place)
    signers = [picture.provenance for picture in received if picture.provenance is not None]
    return honoured(
        "{total} of {total} pictures carry a manifest, {signed}", total=len(received), signed=_signed_by(signers[0])
    )


def _signed_by(provenance: Provenance) -> Message:
    """Return who signed: checked where the certificate is on a trust list, else the name in the certificate."""
    if provenance.trusted:
        return message("signed for {signer!q}", signer=provenance.signer)
    return message("signed as {signer!q}, which is not verified", signer=provenance.signer)


@probe("provenance.c2pa_valid", needs=PICTURES, level="info")
def manifests_hold(evidence: Evidence, claim: Claim) -> Finding:
    """Each manifest's signature and its binding to the picture are valid; who signed is not checked."""
    manifests = _manifests(evidence)
    if isinstance(manifests, Unobserved):
        return manifests
    broken = [manifest for manifest in manifests if not manifest.provenance.valid]
    if broken:
        codes = tuple(broken[0].provenance.broken[:3])
        return malformed(
            "provenance.broken",
            "{number} of {total} manifests are invalid: {codes}",
            number=len(broken),
            total=len(manifests),
            codes=codes or message("no signature was checked"),
        ).at(broken[0].place)
    expired = sum(manifest.provenance.expired for manifest in manifests)
    details = [_signed_by(manifests[0].provenance)]
    if expired:
        details.append(message("expired certificates: {number}", number=expired))
    return honoured(
        "signature and binding of {total} of {total} manifests are valid ({details})",
        total=len(manifests),
        details=tuple(details),
    )


@probe("provenance.generator", needs=PICTURES, level="info")
def generator_is_the_api(evidence: Evidence, claim: Claim) -> Finding:
    """Each manifest names OpenAI's API, no chat product, as the generator, and its signer is on a trust list."""
    manifests = _manifests(evidence)
    if isinstance(manifests, Unobserved):
        return manifests
    for manifest in manifests:
        provenance = manifest.provenance
        if provenance.generator not in API or "openai" not in provenance.issuer.lower():
            return ignored(
                "provenance.other_product",
                "the manifest names {generator!q}, {signed}; expected OpenAI's API",
                generator=provenance.generator,
                signed=_signed_by(provenance),
            ).at(manifest.place)
    first = next((each.provenance for each in manifests if not each.provenance.trusted), manifests[0].provenance)
    named = message(
        "{total} of {total} manifests name {generator!q}, {signed}",
        total=len(manifests),
        generator=first.generator,
        signed=_signed_by(first),
    )
    return honoured("{named}", named=named) if first.trusted else inapplicable("{named}", named=named)


@probe("provenance.model", needs=PICTURES, level="should")
def signed_model_is_the_one_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """The signed software agent of each picture is the generation of the image model that was requested."""
    manifests = _manifests(evidence)
    if isinstance(manifests, Unobserved):
        return manifests
    confirmed: list[Manifest] = []
    for manifest in manifests:
        facts = facts_of(manifest.model)
        asked = Generation.read(facts.generation) if facts is not None else None
        if asked is None or not manifest.provenance.valid:
            continue  # a reseller's own name, or a manifest of other bytes than these
        match drawn_by(manifest.provenance, asked):
            case Drawn.OTHER:
                return ignored(
                    "models.substituted",
                    "asked for {model}; the manifest names {agents!q}, {signed}",
                    model=manifest.model,
                    agents=_agents(manifest),
                    signed=_signed_by(manifest.provenance),
                ).at(manifest.place)
            case Drawn.AS_ASKED:
                confirmed.append(manifest)
            case Drawn.UNKNOWN:
                pass
    if confirmed:
        first = next((each for each in confirmed if not each.provenance.trusted), confirmed[0])
        named = message(
            "{number} of {total} manifests name the generation: asked for {model}, named {agents!q}, {signed}",
            number=len(confirmed),
            total=len(manifests),
            model=first.model,
            agents=_agents(first),
            signed=_signed_by(first.provenance),
        )
        return honoured("{named}", named=named) if first.provenance.trusted else inapplicable("{named}", named=named)
    return inapplicable(
        "no valid manifest names a generation; the software agent is {agents!q}", agents=_agents(manifests[0])
    )


def _agents(manifest: Manifest) -> str:
    return ", ".join(str(agent) for agent in manifest.provenance.agents) or "none"


@probe("provenance.not_reencoded", needs=PICTURES, level="info")
def bytes_are_those_that_were_signed(evidence: Evidence, claim: Claim) -> Finding:
    """The bytes of each picture are those that its manifest was signed for; who signed is not checked."""
    manifests = _manifests(evidence)
    if isinstance(manifests, Unobserved):
        return manifests
    altered = [manifest for manifest in manifests if manifest.provenance.altered]
    if altered:
        return ignored(
            "provenance.broken",
            "{number} of {total} pictures were changed after they were signed",
            number=len(altered),
            total=len(manifests),
        ).at(altered[0].place)
    bound = sum(manifest.provenance.bound for manifest in manifests)
    if not bound:
        return inapplicable("none of {total} manifests could be compared with its bytes", total=len(manifests))
    return honoured(
        "the bytes of {number} of {total} pictures are those that were signed, {signed}",
        number=bound,
        total=len(manifests),
        signed=_signed_by(manifests[0].provenance),
    )


@probe("provenance.not_upscaled", needs=large_picture, values=largest_size, level="info")
def large_pictures_are_drawn_in_their_size(evidence: Evidence, claim: Claim) -> Finding:
    """A large picture of noise has detail that no picture of half its size could hold."""
    exchange = evidence.last
    if not exchange.pictures:
        return nothing_to_judge("no picture came").at(exchange.place)
    picture = exchange.pictures[-1]
    measured = message(
        "{size}: halving loses {ratio:.2f} times as much detail as halving again",
        size=picture.size,
        ratio=picture.sharpness,
    )
    if picture.sharpness <= ENLARGED:
        return ignored("image.upscaled", "{measured}, as in a smaller picture that was enlarged", measured=measured).at(
            exchange.place
        )
    if picture.sharpness < OWN_DETAIL:
        return inapplicable("{measured}, which decides nothing", measured=measured)
    return honoured("{measured}: the picture has detail of its own size", measured=measured)
