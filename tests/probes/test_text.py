"""Characters come back whole, pictures are seen, refusals name what was sent."""

from __future__ import annotations

import html
import json
import unicodedata
from urllib.parse import quote

import pytest

from gateprobe.model import Observed
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.painter import sse
from tests.support.evidence.playing import Answer, Gives, judged, module, refusal

REPEATED: str = module("text").REPEATED


def replying(text: str) -> Gives:
    """Return a gateway that replies with one text, as JSON or as a stream."""

    def gives(request: Request) -> Answer:
        event = {"type": "response.completed", "response": text_response(text), "sequence_number": 0}
        return sse([event]) if request.streams else Answer(text_response(text))

    return gives


@pytest.mark.parametrize(
    "text",
    [
        REPEATED.encode().decode("latin-1"),
        REPEATED.encode().decode("cp1252", "replace"),
        REPEATED.encode()[:4].decode("utf-8", "replace"),
        REPEATED.encode("ascii", "replace").decode(),
        html.escape(REPEATED),
        REPEATED.replace("🟥", ""),
        REPEATED.replace("\n", " "),
        REPEATED.replace("<b>", "").replace("</b>", ""),
        json.dumps(REPEATED)[1:-1],
        json.dumps(REPEATED, ensure_ascii=False)[1:-1],
        quote(REPEATED),
        unicodedata.normalize("NFD", REPEATED),
    ],
)
def test_broken_characters_are_found(text: str) -> None:
    """Read in another encoding, cut in the middle, replaced, escaped, decomposed or lost."""
    record = judged("text_comes_back_whole", replying(text))
    assert (record.observed, record.fault_kind) == (Observed.MALFORMED, "answer.garbled")


def test_whole_characters_are_right_and_other_texts_show_nothing() -> None:
    """A model may reply otherwise, even with question marks."""
    assert judged("text_comes_back_whole", replying(REPEATED)).observed is Observed.HONOURED
    for text in ("I cannot do that.", "What? Why?", "Voilà, c'est très bien: Größe."):
        assert judged("text_comes_back_whole", replying(text)).observed is Observed.UNOBSERVED


def test_a_long_input_that_is_cut_is_found() -> None:
    """A model must answer the short question; if it does not, the long one is not judged."""
    name = "long_input_is_read_to_its_end"

    def cutting(request: Request) -> Answer:
        return replying("orchard" if len(request.prompt) < 4096 else "How can I help?")(request)

    assert judged(name, cutting).fault_kind == "request.text_cut"
    assert judged(name, replying("Orchard.")).observed is Observed.HONOURED
    assert judged(name, replying("No.")).observed is Observed.UNOBSERVED


def test_a_picture_that_is_not_seen_is_found() -> None:
    """The answer names another colour, or says that there is no picture."""
    assert judged("picture_is_seen", replying("Blue.")).observed is Observed.HONOURED
    for text in ("Red.", "I see no picture."):
        assert judged("picture_is_seen", replying(text)).fault_kind == "edit.input_ignored"


def test_an_uploaded_picture_that_is_not_seen_is_found() -> None:
    """The file is uploaded, and its id in a question names the picture."""

    def gives(text: str) -> Gives:
        file = Answer({"id": "file-123", "object": "file"})
        return lambda request: file if request.path.startswith("/files") else replying(text)(request)

    assert judged("uploaded_picture_is_seen", gives("Blue.")).observed is Observed.HONOURED
    assert judged("uploaded_picture_is_seen", gives("I see no picture.")).fault_kind == "edit.input_ignored"


def test_a_picture_at_a_public_address_is_seen_or_refused() -> None:
    """The answer names what the picture shows; a refusal in words is an answer, and another answer is not."""
    name = "published_picture_is_seen"
    assert judged(name, lambda _request: refusal("Error while downloading file.", "url")).observed is Observed.HONOURED
    assert judged(name, replying("A boardwalk.")).observed is Observed.HONOURED
    assert judged(name, replying("I see no picture.")).fault_kind == "edit.input_ignored"
    assert judged(name, lambda _request: refusal("Not Found", status=404)).observed is Observed.REFUSED


def test_a_dead_address_is_refused() -> None:
    """An answer that passes it over is found; an endpoint that does not exist is none."""
    name = "unreachable_picture_is_refused"
    assert judged(name, lambda _request: refusal("Error while downloading file.", "url")).observed is Observed.HONOURED
    assert judged(name, replying("Blue.")).observed is Observed.IGNORED
    assert judged(name, lambda _request: refusal("Not Found", status=404)).observed is Observed.REFUSED


@pytest.mark.parametrize(
    ("message", "param", "observed"),
    [
        ("Missing required parameter: 'prompt'.", "prompt", Observed.HONOURED),
        ("参数不正确", "prompt", Observed.HONOURED),
        ("Model 'gpt-image-2' needs a prompt.", None, Observed.HONOURED),
        ("Model 'painter-xl-2.1' failed.", None, Observed.MALFORMED),
        ("Invalid value.", "imageConfig.aspectRatio", Observed.MALFORMED),
        ("Bad request.", None, Observed.UNOBSERVED),
    ],
)
def test_names_that_nobody_sent_are_found(message: str, param: str | None, observed: Observed) -> None:
    """A missing field is not sent, and may be named."""
    assert judged("refusals_name_what_was_sent", lambda _request: refusal(message, param)).observed is observed
