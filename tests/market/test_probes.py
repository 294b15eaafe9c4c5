"""Each probe of what vendors document beside OpenAI: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import pytest
from PIL import Image

from gateprobe.build import edits, generations
from gateprobe.gateway import Gateway, Models, find
from gateprobe.library import probes
from gateprobe.model import Cause, Json, Level, Observed, Stance, Verdict
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES
from gateprobe.request import Request
from gateprobe.scenario import SCENARIOS, ScenarioRun
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.painter import encoded, honest
from tests.support.evidence.playing import GATEWAY, Answer, Gives, judged, module, offering, refusal

MODULES: Final = {"images.more", "market"}
UNSEEN: Final = (
    "pictures_that_came_are_billed",
    "dropped_connection_is_billed",
    "later_picture_is_vendors_own",
    "name_alone_decides_who_draws",
    "batches_are_cheaper",
    "webhook_reports_the_end",
    "pictures_can_be_checked",
)
TRANSPARENT: Final = "images.generate.background_transparent"
REFERENCE: Final = "images.generate.reference_image"


def _png(image: Image.Image) -> str:
    return base64.b64encode(encoded(image)).decode()


def _clear(kind: str = "png") -> str:
    page = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    out = io.BytesIO()
    page.save(out, kind)
    return base64.b64encode(out.getvalue()).decode()


def _blue_on_yellow() -> str:
    page = Image.new("RGB", (64, 64), (250, 240, 20))
    page.paste((20, 40, 220), (16, 16, 48, 48))
    return _png(page)


def _giving(data: str, **more: Json) -> Gives:
    return lambda _request: Answer({"created": 1, "data": [{"b64_json": data}], **more})


def _counting(tokens: Json) -> Gives:
    """Count some image tokens of input in each usage."""

    def change(body: dict[str, Any]) -> Json:
        details = {**body["usage"]["input_tokens_details"], "image_tokens": tokens}
        return body | {"usage": body["usage"] | {"input_tokens_details": details}}

    return bad.answering(change)


def _reporting(**members: Json) -> Gives:
    """Report other values beside the picture."""
    return bad.answering(lambda body: body | members)


def _padded(body: bytes) -> Gives:
    """Send white space before a body, as a relay does that keeps a slow answer alive."""
    return lambda _request: Answer(b" \n" * 30 + body)


@dataclass(frozen=True)
class Row:
    """A probe of a gateway with a value: what the gateway gives, what is observed, part of the sentence, the kind."""

    probe: str
    gives: Gives
    observed: Observed
    sentence: str
    kind: str = ""
    value: Json = None


HONOURED, IGNORED, MALFORMED = Observed.HONOURED, Observed.IGNORED, Observed.MALFORMED
REFUSED, UNSEEABLE = Observed.REFUSED, Observed.UNOBSERVED
DONE: Final = orjson.dumps({"created": 1, "data": [{"b64_json": _clear()}]})
ROWS: Final = (
    Row(
        "background_is_taken",
        honest,
        HONOURED,
        "asked for the background opaque, received a png picture",
        value="opaque",
    ),
    Row("background_is_taken", honest, HONOURED, 'and the background "opaque"', value="auto"),
    Row(
        "background_is_taken",
        _giving(_clear()),
        IGNORED,
        "has transparent pixels",
        "param.background_ignored",
        "opaque",
    ),
    Row(
        "background_is_taken",
        _reporting(background="auto"),
        MALFORMED,
        "'auto'",
        "option.misreported",
        "opaque",
    ),
    Row(
        "transparent_background_is_drawn",
        _giving(_clear()),
        HONOURED,
        "png picture with transparent pixels",
        value="png",
    ),
    Row("transparent_background_is_drawn", _giving(_clear("webp")), HONOURED, "a webp picture", value="webp"),
    Row(
        "transparent_background_is_drawn",
        bad.asking(background=None),
        IGNORED,
        "received an opaque png picture",
        "param.background_ignored",
        "png",
    ),
    Row(
        "transparent_background_is_drawn",
        _giving(_clear()),
        IGNORED,
        "bytes are png",
        "param.format_ignored",
        "webp",
    ),
    Row("transparent_background_is_drawn", honest, REFUSED, "background", "option.refused", "png"),
    Row("reference_is_used", _giving(_blue_on_yellow()), HONOURED, "the red shape turned blue", value="drawn"),
    Row(
        "reference_is_used",
        honest,
        IGNORED,
        "the result is another picture",
        "edit.input_ignored",
        "drawn",
    ),
    Row(
        "reference_is_used",
        bad.always(refusal("Unknown parameter: 'image'.")),
        REFUSED,
        "Unknown parameter",
        "request.refused",
        "refused",
    ),
    Row("variation_is_drawn", _giving(_clear()), HONOURED, "a png picture of 64x64", value="drawn"),
    Row(
        "variation_is_drawn",
        bad.always(Answer({"created": 1, "data": []})),
        MALFORMED,
        "without a picture",
        "image.missing",
        "drawn",
    ),
    Row(
        "variation_is_drawn",
        bad.always(refusal("Not found.", status=404)),
        REFUSED,
        "404",
        "surface.absent",
        "refused",
    ),
    Row(
        "sent_pictures_are_counted",
        _counting(194),
        HONOURED,
        "1 of 1 edits count image tokens of input, at least 194",
    ),
    Row("sent_pictures_are_counted", honest, IGNORED, "counts 0 image tokens of input", "edit.input_ignored"),
    Row("sent_pictures_are_counted", _reporting(usage=None), UNSEEABLE, "reports no usage", ""),
    Row("sent_pictures_are_counted", _counting("many"), MALFORMED, "not a whole number", "usage.missing"),
    Row(
        "kept_alive_answer_is_json",
        _padded(DONE),
        HONOURED,
        "1 of 1 answers begin with white space, at most 60 bytes",
    ),
    Row("kept_alive_answer_is_json", _padded(DONE + DONE), MALFORMED, "does not end as JSON", "answer.unreadable"),
    Row("kept_alive_answer_is_json", honest, UNSEEABLE, "none of 1 answers"),
    *(Row(name, honest, UNSEEABLE, "") for name in UNSEEN),
)


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.probe}-{at}") for at, row in enumerate(ROWS)])
def test_a_gateway_is_seen_for_what_it_does(row: Row) -> None:
    """Each row's gateway is observed as the row says, with its sentence and its kind of fault."""
    also = ("cheap_picture",) if row.probe in UNSEEN else ()
    record = judged(row.probe, row.gives, value=row.value, also=also)
    assert (record.observed, record.fault_kind) == (row.observed, row.kind), record.reason
    assert row.sentence in record.reason


def test_every_probe_is_shown_an_honest_and_a_faulty_gateway() -> None:
    """No probe of these modules is without a row that satisfies it and one that does not, but for the unseeable."""
    expected = {probe.id for probe in probes() if probe.module in MODULES}
    assert expected == {row.probe for row in ROWS}
    assert expected - set(UNSEEN) == {row.probe for row in ROWS if row.observed is HONOURED}
    assert expected - set(UNSEEN) == {row.probe for row in ROWS if row.observed in (IGNORED, MALFORMED, REFUSED)}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_nobody_outside_can_see_is_no_gap(name: str) -> None:
    """The balance is out of sight: listed, unproven, and no reason to call a run incomplete."""
    record = judged(name, honest, also=("cheap_picture",))
    assert (record.verdict, record.cause, record.incomplete) == (Verdict.UNPROVEN, Cause.UNOBSERVABLE, False)


def test_none_of_these_fails_a_run() -> None:
    """What is new, and rests on one vendor's word, is no `must`."""
    assert {probe.level for probe in probes() if probe.module in MODULES} == {Level.SHOULD, Level.INFO}


@pytest.mark.parametrize(
    ("image", "claims", "asked"),
    [
        ("gpt-image-2", {}, ()),
        ("gpt-image-2", {TRANSPARENT: ("png", "webp")}, ("png", "webp")),
        ("gpt-image-2", {TRANSPARENT: ()}, ("png",)),
        ("gpt-image-2.5-flare", {}, ("png",)),
        ("vendor/gpt-image-1.5", {}, ("png",)),
        ("dall-e-3", {}, ()),
        ("somebody-elses", {}, ()),
    ],
)
def test_transparency_is_asked_where_it_is_known_or_promised(
    image: str, claims: dict[str, tuple[Json, ...]], asked: tuple[str, ...]
) -> None:
    """A paid question about transparency is put where the document offers it, or the model is known to draw it."""
    gateway = replace(offering(claims), models=Models("gpt-5.5", image))
    assert PROBES["transparent_background_is_drawn"].values_for(gateway) == asked


@pytest.mark.parametrize(
    ("name", "capability"), [("reference_is_used", REFERENCE), ("variation_is_drawn", "images.variations")]
)
def test_a_picture_is_planned_where_one_is_promised(name: str, capability: str) -> None:
    """A reference picture and a variation cost something only where the documents say that they are taken."""
    for gateway, value, images in ((offering({capability: ()}), "drawn", 1), (GATEWAY, "refused", 0)):
        assert PROBES[name].values_for(gateway) == (value,)
        assert [scenario_run.images for scenario_run in Item(PROBES[name], gateway, value).scenario_runs] == [images]


def _first(scenario: str, gateway: Gateway, value: Json) -> Request:
    request = next(ScenarioRun(SCENARIOS[scenario], value).start(gateway))
    assert isinstance(request, Request)
    return request


def test_a_reference_travels_as_documented() -> None:
    """OpenRouter's file says how: in input_references, as an object with an address, at POST /images."""
    request = _first("picture_from_reference", find("openrouter"), "drawn")
    (reference,) = request.json["input_references"]
    assert (request.path, reference["type"]) == ("/images", "image_url")
    assert reference["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


def test_a_reference_travels_as_image_where_nothing_is_documented() -> None:
    """Without a word in the file the field is `image`, as most relays take it."""
    request = _first("picture_from_reference", GATEWAY, "refused")
    assert request.json["image"].startswith("data:image/png;base64,iVBOR")


def test_a_json_edit_and_a_form_are_both_counted_as_edits() -> None:
    """The usage of an edit is judged in whichever encoding it was sent; a generation is none."""
    market = module("market")
    form, asjson = (
        edits(GATEWAY, "Blue.", [b"one", b"two"], mask=b"hole", encoding=encoding) for encoding in ("multipart", "json")
    )
    sent = [market._sent_pictures(_Exchanged(generation)) for generation in (form, asjson, generations(GATEWAY))]
    assert sent == [2, 2, 0]


@dataclass(frozen=True)
class _Exchanged:
    """As much of an exchange as counting sent pictures needs."""

    request: Request


def test_the_reference_gateway_says_no_to_variations() -> None:
    """OpenAI retired them, and says so."""
    assert find("openai").claim("images.variations").stance is Stance.DECLINED
