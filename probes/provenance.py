"""Provenance: what is signed into the pictures that were bought anyway: by whom, as what, and whether it holds.

A manifest that is missing proves nothing, for every re-encoding loses it; one that holds and names another model than
was asked for proves a substitution. Certificates are on no trust list here, so findings name the signer as it names
itself; an expired or unknown certificate is no sign of a changed picture, and is never taken for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway.modelfacts import facts_of
from gateprobe.image import Picture
from gateprobe.model import Cause, Claim, Finding, Unobserved, honoured, ignored, malformed, unobserved
from gateprobe.probe import Selection, probe
from gateprobe.provenance import Drawn, Generation, NotInstalled, Provenance, Unreadable, drawn_by, read
from gateprobe.request import FormBody
from gateprobe.stream import AnswerKind

from .scenarios.streams import large_picture, largest_size
from .support.exchanges import buys, quoted, tool_of
from .support.images import counted, pictures

API: Final = ("API", "OpenAI-API", "OpenAI Media Service API")
"""Claim generators of OpenAI's API (recorded traffic, 2025-10 to 2026-08)."""

ENLARGED: Final = 0.45
"""At most this sharp is a picture that was enlarged to twice its size (measured with four ways of enlarging)."""

OWN_DETAIL: Final = 0.5
"""At least this sharp is a picture with detail of its own size; between the two, nobody can tell."""

_NOTHING_PROVED: Final = "that proves nothing, for every re-encoding loses it"


def _brings_picture(exchange: Exchange) -> bool:
    """Say whether an exchange was paid for a picture, or is the fetching of a link to one."""
    return exchange.ok and (exchange.request.images > 0 or exchange.content_type.startswith("image/"))


PICTURES: Final = Selection(
    "every picture that came", (), _brings_picture, could_match=buys, missing_reason="no picture came"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A picture that came, the image model that was asked for (empty where unknown), and what is signed into it."""

    picture: Picture
    model: str
    provenance: Provenance | None


def signed(evidence: Evidence) -> tuple[Signed, ...] | Unobserved:
    """Give every picture with its manifest; the finding that says why not, where none came or none can be read.

    Raises:
        MalformedAnswerError: a manifest is there and cannot be read.
    """
    try:
        found = tuple(_each(evidence))
    except NotInstalled as error:
        return unobserved(Cause.UNOBSERVABLE, str(error))
    except Unreadable as error:
        raise MalformedAnswerError(f"a picture's C2PA manifest cannot be read: {quoted(str(error))}") from None
    return found or unobserved(Cause.PREREQUISITE, "no picture came that could carry a manifest")


def _each(evidence: Evidence) -> Iterator[Signed]:
    for exchange in evidence.exchanges:
        if not exchange.request.images:
            continue  # a link that was followed: its picture belongs to the exchange that gave it
        try:
            found = pictures(evidence, exchange) if exchange.kind is AnswerKind.IMAGES else exchange.pictures
            model = _asked(exchange)
        except MalformedAnswerError:
            continue  # what is malformed is judged elsewhere
        for picture in found:
            yield Signed(picture, model, _read(picture))


_READ: Final[dict[str, Provenance | None]] = {}
"""What was read of pictures, by their SHA-256: five probes ask, each for two claims."""


def _read(picture: Picture) -> Provenance | None:
    if picture.sha256 not in _READ:
        _READ[picture.sha256] = read(picture.data, picture.format)
    return _READ[picture.sha256]


def _asked(exchange: Exchange) -> str:
    """Give the image model that an exchange asked for; the tool's, as the answer echoes it, where it named none."""
    if exchange.kind is AnswerKind.IMAGES:
        body = exchange.request.body
        parts = body.parts if isinstance(body, FormBody) else ()
        named = next((part.data.decode("utf-8", "replace") for part in parts if part.name == "model"), None)
        named = named or exchange.request.json.get("model")
    else:
        named = tool_of(exchange.request.json).get("model") or tool_of(exchange.response).get("model")
    return named if isinstance(named, str) else ""


def _with_manifest(evidence: Evidence) -> tuple[tuple[Signed, Provenance], ...] | Unobserved:
    """Give the pictures that carry a manifest, at least one; else the finding that says why there is none."""
    found = signed(evidence)
    if isinstance(found, Unobserved):
        return found
    carrying = tuple((one, one.provenance) for one in found if one.provenance is not None)
    if carrying:
        return carrying
    return unobserved(
        Cause.UNOBSERVABLE, f"none of {counted(len(found), 'picture')} carries a manifest; {_NOTHING_PROVED}"
    )


@probe("provenance.c2pa_present", needs=PICTURES, level="info")
def pictures_carry_a_manifest(evidence: Evidence, claim: Claim) -> Finding:
    """Each picture carries a C2PA manifest."""
    found = signed(evidence)
    if isinstance(found, Unobserved):
        return found
    without = sum(one.provenance is None for one in found)
    if without:
        return ignored(f"{without} of {counted(len(found), 'picture')} carry no C2PA manifest; {_NOTHING_PROVED}")
    signers = sorted({one.provenance.signer for one in found if one.provenance is not None})
    return honoured(
        f"{len(found)} of {counted(len(found), 'picture')} carry a manifest, signed for {quoted(signers[0])}"
    )


@probe("provenance.c2pa_valid", needs=PICTURES, level="info")
def manifests_hold(evidence: Evidence, claim: Claim) -> Finding:
    """Each manifest's signature and its binding to the picture hold; who signed is not asked here."""
    found = _with_manifest(evidence)
    if isinstance(found, Unobserved):
        return found
    wrong = [provenance for _, provenance in found if not provenance.valid]
    if wrong:
        codes = ", ".join(wrong[0].broken[:3]) or "no signature that was checked"
        return malformed(f"{len(wrong)} of {counted(len(found), 'manifest')} do not hold: {codes}")
    return honoured(f"signature and binding of {len(found)} of {counted(len(found), 'manifest')} hold{_doubts(found)}")


def _doubts(found: tuple[tuple[Signed, Provenance], ...]) -> str:
    """Say what is open about certificates, which is nothing that a relay can have done."""
    expired = sum(provenance.expired for _, provenance in found)
    untrusted = sum(provenance.untrusted for _, provenance in found)
    said = [f"{expired} certificates have expired"] if expired else []
    said += ["the signer is on no trust list here"] if untrusted else []
    return f" ({'; '.join(said)})" if said else ""


@probe("provenance.generator", needs=PICTURES, level="info")
def generator_is_the_api(evidence: Evidence, claim: Claim) -> Finding:
    """Each manifest names OpenAI's API as what made the picture: no chat product, no other vendor."""
    found = _with_manifest(evidence)
    if isinstance(found, Unobserved):
        return found
    for _, provenance in found:
        if provenance.generator not in API or "openai" not in provenance.issuer.lower():
            told = f"the manifest names {quoted(provenance.generator)}, signed for {quoted(provenance.signer)}"
            return ignored(f"{told}: not OpenAI's API")
    first = found[0][1]
    return honoured(
        f"{len(found)} of {counted(len(found), 'manifest')} name {quoted(first.generator)},"
        f" signed for {quoted(first.signer)}"
    )


@probe("provenance.model", needs=PICTURES, level="should")
def signed_model_is_the_one_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """The signed software agent of each picture is the generation of the image model that was asked for."""
    found = _with_manifest(evidence)
    if isinstance(found, Unobserved):
        return found
    told: list[str] = []
    for one, provenance in found:
        facts = facts_of(one.model)
        asked = Generation.read(facts.generation) if facts is not None else None
        if asked is None or not provenance.valid:
            continue  # a reseller's own name, or a manifest of other bytes than these
        agents = ", ".join(str(agent) for agent in provenance.agents)
        match drawn_by(provenance, asked):
            case Drawn.OTHER:
                return ignored(f"asked for {one.model}; the signed manifest names {quoted(agents)}")
            case Drawn.AS_ASKED:
                told.append(f"asked for {one.model}, {quoted(agents)} is signed")
            case Drawn.UNKNOWN:
                pass
    if told:
        return honoured(f"{len(told)} of {counted(len(found), 'manifest')} name the generation: {told[0]}")
    names = quoted(", ".join(str(agent) for agent in found[0][1].agents) or "none")
    return unobserved(Cause.UNOBSERVABLE, f"no manifest that holds names a generation; the software agent is {names}")


@probe("provenance.not_reencoded", needs=PICTURES, level="info")
def bytes_are_those_that_were_signed(evidence: Evidence, claim: Claim) -> Finding:
    """The bytes of each picture are those that its manifest was signed for."""
    found = _with_manifest(evidence)
    if isinstance(found, Unobserved):
        return found
    altered = sum(provenance.altered for _, provenance in found)
    if altered:
        return ignored(f"{altered} of {counted(len(found), 'picture')} were changed after they were signed")
    bound = sum(provenance.bound for _, provenance in found)
    if not bound:
        return unobserved(Cause.UNOBSERVABLE, f"none of {counted(len(found), 'manifest')} could be held to its bytes")
    return honoured(f"the bytes of {bound} of {counted(len(found), 'picture')} are those that were signed")


@probe("provenance.not_upscaled", needs=large_picture, values=largest_size, level="info")
def large_pictures_are_drawn_in_their_size(evidence: Evidence, claim: Claim) -> Finding:
    """A large picture of noise has detail that no picture of half its size could hold."""
    if not evidence.last.pictures:
        raise MalformedAnswerError("no picture came")
    picture = evidence.last.pictures[-1]
    told = f"{picture.size}: halving loses {picture.sharpness:.2f} times what halving again loses"
    if picture.sharpness <= ENLARGED:
        return ignored(f"{told}, as in a smaller picture that was enlarged")
    if picture.sharpness < OWN_DETAIL:
        return unobserved(Cause.UNOBSERVABLE, f"{told}, which tells neither way")
    return honoured(f"{told}: there is detail of its own size")
