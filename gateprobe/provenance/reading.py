"""Read a picture's manifest with c2pa-python, the maintained library: offline, with nothing trusted."""

from __future__ import annotations

import io
from functools import cache
from typing import Any, Final

import orjson

from gateprobe.provenance.manifest import Provenance, provenance_of

INSTALL: Final = "pip install 'gateprobe[provenance]'"
"""The command that installs what reads manifests."""

MEDIA_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
"""The formats of pictures that are read, as `Picture.format` names them."""

OFFLINE: Final = {
    "core": {"allowed_network_hosts": []},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}
"""Settings of c2pa-rs: no connection is ever opened, and nothing is done that nobody asked for."""


class NotInstalled(Exception):  # noqa: N818 - named for the situation
    """The library that reads manifests is not here; the message says why."""


class Unreadable(ValueError):  # noqa: N818 - named for the situation
    """There is a manifest, and it cannot be read; the message is the library's own."""


@cache
def library() -> Any:
    """Return the module `c2pa`.

    Raises:
        NotInstalled: it, or the native library inside it, is not here.
    """
    try:
        import c2pa  # noqa: PLC0415 - an extra: the base installation does without
    except (ImportError, OSError) as error:
        raise NotInstalled(str(error)) from None
    return c2pa


@cache
def offline() -> Any:
    """Return the context in which manifests are read and written.

    Raises:
        NotInstalled: the library is not here.
    """
    return library().Context.from_dict(OFFLINE)


def read(data: bytes, format: str) -> Provenance | None:  # noqa: A002 - the word that pictures use
    """Read and verify the manifest of a picture; None where it has none, or the format cannot carry one.

    `format` is the bytes' own, as `Picture.format` names it.

    Raises:
        NotInstalled: the library is not here.
        Unreadable: there is a manifest, and it cannot be read.
    """
    c2pa, context = library(), offline()
    media_type = MEDIA_TYPES.get(format)
    if media_type is None:
        return None
    try:
        reader = c2pa.Reader.try_create(media_type, io.BytesIO(data), context=context)
        if reader is None:
            return None
        with reader:
            provenance = provenance_of(orjson.loads(reader.json()))
    except (c2pa.C2paError, ValueError) as error:
        raise Unreadable(str(error)) from None
    if provenance is None:
        raise Unreadable("the manifest store names no active manifest")
    return provenance
