"""A C2PA manifest store as values: who signed, what made the picture, and what a verifier says of it.

The shape is that of c2pa-rs's JSON report. Its words come from a hostile file, so anything may be missing or of
another type. The codes are those of the C2PA specification 2.2, "Validation".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json
from gateprobe.text import printable

_WORD: Final = 120  # characters of a name in a manifest that are kept
_MOST: Final = 64  # manifests, actions and codes that are looked at

_SIGNED: Final = "claimSignature.validated"
_TRUSTED: Final = "signingCredential.trusted"
_BOUND: Final = frozenset({"assertion.dataHash.match", "assertion.bmffHash.match", "assertion.boxesHash.match"})
_CREDENTIAL: Final = ("signingCredential.", "timeStamp.", "claimSignature.outsideValidity")
"""Failures that are about who signed and when; the picture and what is said of it are as they were signed."""

_BINDING: Final = ("assertion.dataHash.", "assertion.bmffHash.", "assertion.boxesHash.")
_EXPIRED: Final = frozenset({"signingCredential.expired", "claimSignature.outsideValidity"})


@dataclass(frozen=True, slots=True)
class Agent:
    """The software that a manifest says created the picture; `version` is empty where it names none."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        """Write name and version as one."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the active manifest of a picture says, and what verifying it found.

    `generator` is the claim generator, `issuer` and `common_name` are the signing certificate's. `agents` are the
    software agents of the `c2pa.created` actions. `signed_at` is the time stamp (ISO 8601), empty where there is none.

    `signed` says that the signature fits the claim, `bound` that the picture's bytes are those that were signed.
    `trusted` says that the certificate is on a trust list; without that, anybody can have signed under any name.
    `broken` are the codes of every failure but those about the certificate, which stand in `doubts`.
    """

    generator: str
    issuer: str
    common_name: str
    agents: tuple[Agent, ...] = ()
    signed_at: str = ""
    signed: bool = True
    bound: bool = True
    trusted: bool = False
    broken: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether signature and binding hold; says nothing of who signed."""
        return self.signed and self.bound and not self.broken

    @property
    def altered(self) -> bool:
        """Whether the picture's bytes are others than those that were signed."""
        return any(code.startswith(_BINDING) for code in self.broken)

    @property
    def expired(self) -> bool:
        """Whether the certificate is past its time, and no time stamp says that it was in its time when it signed."""
        return bool(_EXPIRED.intersection(self.doubts))

    @property
    def signer(self) -> str:
        """The certificate's owner in words."""
        return ", ".join(name for name in (self.issuer, self.common_name) if name) or "nobody that it names"


def provenance_of(report: Json) -> Provenance | None:
    """Read a verifier's report; None where it has no active manifest."""
    root = _object(report)
    manifests = _object(root.get("manifests"))
    active = _object(manifests.get(str(root.get("active_manifest"))))
    if not active:
        return None
    info = next(iter(_objects(active.get("claim_generator_info"))), {})
    signature = _object(active.get("signature_info"))
    results = _object(_object(root.get("validation_results")).get("activeManifest"))
    passed = set(_codes(results.get("success")))
    failed = tuple(dict.fromkeys(_codes(results.get("failure"))))
    return Provenance(
        generator=_word(info.get("name")) or _word(active.get("claim_generator")),
        issuer=_word(signature.get("issuer")),
        common_name=_word(signature.get("common_name")),
        agents=_agents(manifests, active),
        signed_at=_word(signature.get("time")),
        signed=_SIGNED in passed,
        bound=not _BOUND.isdisjoint(passed),
        trusted=_TRUSTED in passed and not any(code.startswith("signingCredential.") for code in failed),
        broken=tuple(code for code in failed if not code.startswith(_CREDENTIAL)),
        doubts=tuple(code for code in failed if code.startswith(_CREDENTIAL)),
    )


def _agents(manifests: Mapping[str, Json], active: Mapping[str, Json]) -> tuple[Agent, ...]:
    """Return the agents that created the picture: of the manifest, or else of the one that it was made from.

    OpenAI's older pictures are signed twice: the active manifest opens the one that says what created the picture.
    """
    manifest = active
    for _ in range(_MOST):
        if agents := tuple(_creators(manifest)):
            return agents
        opened = (
            ingredient
            for ingredient in _objects(manifest.get("ingredients"))
            if ingredient.get("relationship") == "parentOf"
        )
        manifest = _object(manifests.get(str(next(opened, {}).get("active_manifest"))))
    return ()


def _creators(manifest: Mapping[str, Json]) -> Iterator[Agent]:
    """Return the agents of a manifest's `c2pa.created` actions; version 1 actions name theirs as plain text."""
    for assertion in _objects(manifest.get("assertions")):
        for action in _objects(_object(assertion.get("data")).get("actions")):
            if action.get("action") != "c2pa.created":
                continue
            agent = action.get("softwareAgent")
            if isinstance(agent, str):
                yield Agent(_word(agent))
            elif isinstance(agent, dict):
                yield Agent(_word(agent.get("name")), _word(agent.get("version")))


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _objects(value: Json) -> Iterator[Mapping[str, Json]]:
    return (entry for entry in (value[:_MOST] if isinstance(value, list) else ()) if isinstance(entry, dict))


def _codes(value: Json) -> tuple[str, ...]:
    return tuple(code for entry in _objects(value) if (code := _word(entry.get("code"))))


def _word(value: Json) -> str:
    return printable(value, _WORD) if isinstance(value, str) else ""
