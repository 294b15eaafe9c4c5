"""Provenance: the signed manifests in pictures that other probes bought: the signer, the product, the validity.

A missing manifest proves nothing, as every re-encoding removes it. No trust list is used here, so anybody can have
signed under any name: a manifest confirms nothing about OpenAI, and the name of its signer is not checked. What a
manifest states against the gateway (another product, another model) is its own word and counts.
"""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway.modelfacts import facts_of
from gateprobe.message import Message, message
from gateprobe.model import (
    Claim,
    Finding,
    Unobserved,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import Selection, probe
from gateprobe.provenance import (
    Drawn,
    Generation,
    Provenance,
    drawn_by,
)

from .scenarios.streams import large_picture, largest_size
from .support.exchanges import buys
from .support.manifests import NOTHING_PROVED, Manifest, manifests_of, signed

API: Final = ("API", "OpenAI-API", "OpenAI Media Service API")
"""Claim generators of OpenAI's API (recorded traffic, 2025-10 to 2026-08)."""

ENLARGED: Final = 0.45
"""The highest sharpness of a picture that was enlarged to twice its size (measured with four methods)."""

OWN_DETAIL: Final = 0.5
"""The lowest sharpness of a picture with detail of its own size; between the two values nothing is certain."""


def _brings_picture(exchange: Exchange) -> bool:
    """Return whether an exchange was paid for a picture, or fetched a link to one."""
    return exchange.ok and (exchange.request.images > 0 or exchange.content_type.startswith("image/"))


PICTURES: Final = Selection(
    "every picture that came", (), _brings_picture, could_match=buys, missing_reason=message("no picture came")
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
            note=NOTHING_PROVED,
        ).at(without[0].place)
    signers = [picture.provenance for picture in received if picture.provenance is not None]
    return honoured(
        "{total} of {total} pictures carry a manifest, {signed}", total=len(received), signed=_signed_by(signers[0])
    )


def _signed_by(provenance: Provenance) -> Message:
    """Return who signed: checked where the certificate is on a trust list, else the name in the certificate."""
    if provenance.trusted:
        return message("signed for {signer!q}", signer=provenance.signer)
    return message("signed by somebody who calls himself {signer!q}, not checked", signer=provenance.signer)


@probe("provenance.c2pa_valid", needs=PICTURES, level="info")
def manifests_hold(evidence: Evidence, claim: Claim) -> Finding:
    """Each manifest's signature and its binding to the picture are valid; who signed is not checked."""
    manifests = manifests_of(evidence)
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
    manifests = manifests_of(evidence)
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
    manifests = manifests_of(evidence)
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
    manifests = manifests_of(evidence)
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
