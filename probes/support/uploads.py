"""Pictures that are uploaded first, so that a request can name them by their file ids."""

from __future__ import annotations

from collections.abc import Callable

from gateprobe.build import file_part, get
from gateprobe.evidence import Exchange, at
from gateprobe.gateway import Gateway
from gateprobe.request import FormBody, Part
from gateprobe.scenario import Steps

from ..support.api import is_plain


def uploaded(gateway: Gateway, picture: bytes, ask: Callable[[str], Steps]) -> Steps:
    """Upload a picture, ask with its file id, and delete it again."""
    body = FormBody((Part("purpose", b"vision"), file_part("file", picture)))
    answer: Exchange = yield get(gateway, "/files", method="POST", body=body, note="upload")
    if not answer.ok:
        return
    name = str(at(answer.json(), "id"))
    yield from ask(name)
    if is_plain(name):
        yield get(gateway, f"/files/{name}", method="DELETE", note="delete")
