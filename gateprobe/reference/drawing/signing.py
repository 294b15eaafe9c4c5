"""How a persona signs its pictures: a C2PA manifest as OpenAI's pictures of August 2026 carry it (recorded traffic).

The certificates are made in memory for each persona and say that they are a test's. Where the extra
`gateprobe[provenance]` is not installed, pictures stay unsigned.
"""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gateprobe.provenance.reading import MEDIA_TYPES, NotInstalled, library, offline
from gateprobe.reference.drawing.certificates import test_certificates

_SOURCE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class Seal:
    """What is signed into each picture.

    `generator` is the claim generator. `version` is the one of the software agent `gpt-image`; empty names the
    generation of the model that was asked for. `altered` changes each picture's bytes after it was signed.
    """

    generator: str = "OpenAI Media Service API"
    version: str = ""
    altered: bool = False


class Signer:
    """Signs pictures with certificates of its own, made when the first picture is signed; without a seal, none."""

    def __init__(self, seal: Seal | None) -> None:
        self._seal = seal
        self._signer: Any = None
        self._one_at_a_time = threading.Lock()

    def sign(self, data: bytes, output_format: str, model: str) -> bytes:
        """Return a picture (PNG, JPEG or WebP) that `model` drew, signed; unsigned where no library can sign."""
        if self._seal is None or output_format not in MEDIA_TYPES:
            return data
        out = io.BytesIO()
        with self._one_at_a_time:
            try:
                self._signer = self._signer or _new_signer()
            except NotInstalled:
                return data
            builder = library().Builder(_manifest(self._seal, output_format, model), offline())
            builder.sign(self._signer, MEDIA_TYPES[output_format], io.BytesIO(data), out)
        return out.getvalue() + (b"\0" if self._seal.altered else b"")


def _manifest(seal: Seal, output_format: str, model: str) -> dict[str, Any]:
    version = seal.version or _generation(model)
    when = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
    created = {
        "action": "c2pa.created",
        "when": when,
        "softwareAgent": {"name": "gpt-image", "version": version},
        "digitalSourceType": _SOURCE,
    }
    actions = [created, {"action": "c2pa.converted", "when": when}]
    return {
        "claim_generator_info": [{"name": seal.generator}],
        "title": f"image.{output_format}",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def _generation(model: str) -> str:
    """Name the generation of a model: gpt-image-2.5 is 2.5, and all before the second are `pre-2.0`."""
    match = re.match(r"gpt-image-([2-9])(\.\d)?", model)
    return f"{match[1]}{match[2] or '.0'}" if match else "pre-2.0"


def _new_signer() -> Any:
    """Return a signer with new certificates; raise NotInstalled where there is no library to sign with."""
    c2pa = library()
    chain, key = test_certificates()
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None))
