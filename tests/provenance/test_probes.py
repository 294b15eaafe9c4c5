"""Each probe of provenance is content with an honest gateway, and not with a faulty one."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from dataclasses import replace

import httpx
import orjson
import pytest
from PIL import Image

from gateprobe.image import open_picture
from gateprobe.library import probes
from gateprobe.model import Cause, Json, Observed
from gateprobe.provenance import NotInstalled, Provenance, read
from gateprobe.record.file import Record
from gateprobe.reference import serve
from gateprobe.reference.drawing.signing import Seal
from gateprobe.request import Auth, Buy, FormBody, JsonBody, Part, Request
from tests.support.evidence.evidence_builders import as_base64, exchange, judged
from tests.support.evidence.signed_pictures import plain, signed

pytestmark = pytest.mark.slow

ALL = (
    "pictures_carry_a_manifest",
    "manifests_hold",
    "generator_is_the_api",
    "signed_model_is_the_one_asked_for",
    "bytes_are_those_that_were_signed",
)
HONOURED, IGNORED, MALFORMED, UNOBSERVED = (
    Observed.HONOURED,
    Observed.IGNORED,
    Observed.MALFORMED,
    Observed.UNOBSERVED,
)


def asking(model: str = "gpt-image-2") -> Request:
    """Ask the Images API for a picture that is paid."""
    return Request("POST", "/images/generations", JsonBody({"prompt": "x", "model": model}), buys=(Buy(),))


def drawing(*pictures: bytes, model: str = "gpt-image-2", probe: str) -> Record:
    """Judge a gateway that gave these pictures."""
    body = {"data": [{"b64_json": as_base64(data)} for data in pictures]}
    return judged(probe, exchange(asking(model), _json(body)))


def _json(value: Json) -> bytes:
    return orjson.dumps(value)


@pytest.mark.parametrize("probe", ALL)
def test_a_trusted_signature_satisfies_each_probe(probe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture signed as asked, its bytes as signed, by a certificate that a trust list holds."""
    module = vars(importlib.import_module("gateprobe.probes.support.manifests"))
    monkeypatch.setitem(module, "read", trusting)
    monkeypatch.setitem(module, "_READ", {})
    record = drawing(signed(), signed("jpeg"), probe=probe)
    assert (record.observed, "not checked" in record.reason) == (HONOURED, False)


def trusting(data: bytes, kind: str) -> Provenance | None:
    """Read a manifest as where its certificate is on a trust list."""
    provenance = read(data, kind)
    return replace(provenance, trusted=True) if provenance is not None else None


ABOUT_OPENAI = {"generator_is_the_api", "signed_model_is_the_one_asked_for"}


@pytest.mark.parametrize("probe", ALL)
def test_a_home_made_certificate_confirms_nothing_about_openai(probe: str) -> None:
    """Whoever signs under that name, each sentence says that he was not checked; the run is complete without."""
    record = drawing(signed(), probe=probe)
    assert "signed by somebody who calls himself 'OpenAI" in record.reason
    assert record.reason.rstrip(")").endswith("not checked")
    assert record.observed is (UNOBSERVED if probe in ABOUT_OPENAI else HONOURED)
    assert not record.incomplete


STRIPPED, CHAT, ALTERED = plain(), signed(seal=Seal(generator="ChatGPT")), signed(seal=Seal(altered=True))
OLDER = signed(seal=Seal(version="pre-2.0"))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        pytest.param(STRIPPED, (IGNORED, UNOBSERVED, UNOBSERVED, UNOBSERVED, UNOBSERVED), id="stripped"),
        pytest.param(CHAT, (HONOURED, HONOURED, IGNORED, UNOBSERVED, HONOURED), id="another product"),
        pytest.param(OLDER, (HONOURED, HONOURED, UNOBSERVED, IGNORED, HONOURED), id="another model"),
        pytest.param(ALTERED, (HONOURED, MALFORMED, UNOBSERVED, UNOBSERVED, IGNORED), id="altered"),
    ],
)
def test_each_fault_is_found_by_its_probe(picture: bytes, expected: Sequence[Observed]) -> None:
    """What is wrong is found; what cannot be told from it is not guessed."""
    records = {probe: drawing(picture, probe=probe) for probe in ALL}
    assert tuple(record.observed for record in records.values()) == tuple(expected)
    causes = {record.cause for record in records.values() if record.observed is UNOBSERVED}
    assert causes <= {Cause.PREREQUISITE}
    assert not any(record.incomplete for record in records.values())


def test_one_bad_picture_among_good_ones_is_found() -> None:
    """A gateway that substitutes now and then does not hide among honest answers."""
    record = drawing(signed(), OLDER, probe="signed_model_is_the_one_asked_for")
    assert record.observed is IGNORED
    assert record.reason.startswith("asked for gpt-image-2; the manifest names 'gpt-image pre-2.0', signed by somebody")


def test_a_model_of_the_vendors_own_is_not_compared() -> None:
    """Nothing is assumed of a name that only the reseller knows."""
    record = drawing(OLDER, model="super-draw", probe="signed_model_is_the_one_asked_for")
    assert (record.observed, record.cause, record.incomplete) == (UNOBSERVED, Cause.PREREQUISITE, False)


def test_a_manifest_that_cannot_be_read_is_malformed() -> None:
    """A chunk that calls itself a manifest and is none is no reason to fail ourselves."""
    whole = signed("jpeg")
    place = whole.index(b"jumb")
    record = drawing(whole[:place] + b"\0\0\0\0" + whole[place + 4 :], probe="manifests_hold")
    assert (record.observed, record.cause) == (MALFORMED, None)


def test_a_picture_behind_a_link_belongs_to_the_answer_that_gave_it() -> None:
    """What was fetched is read too, against the model that the link's request asked for."""
    link = "http://127.0.0.1:9/picture.png"
    given = exchange(asking(), _json({"data": [{"url": link}]}))
    fetched = exchange(Request("GET", link, auth=Auth.NONE), OLDER, content_type="image/png")
    assert judged("signed_model_is_the_one_asked_for", given, fetched).observed is IGNORED


def test_an_edits_form_names_its_model() -> None:
    """The model is read from a form as from JSON."""
    form = FormBody((Part("model", b"gpt-image-1.5"), Part("image", plain(), "a.png", "image/png")))
    body = _json({"data": [{"b64_json": as_base64(OLDER)}]})
    edit = exchange(Request("POST", "/images/edits", form, buys=(Buy(),)), body)
    record = judged("signed_model_is_the_one_asked_for", edit)
    assert (record.observed, "asked for gpt-image-1.5" in record.reason) == (UNOBSERVED, True)


def test_a_tool_without_a_model_is_read_from_the_echo() -> None:
    """Where the request names no image model, the answer's own tools do."""
    tool = {"type": "image_generation"}
    request = Request("POST", "/responses", JsonBody({"tools": [tool]}), buys=(Buy(),))
    call = {"type": "image_generation_call", "result": as_base64(OLDER)}
    body = {"output": [call], "tools": [tool | {"model": "gpt-image-2"}]}
    assert judged("signed_model_is_the_one_asked_for", exchange(request, _json(body))).observed is IGNORED


@pytest.mark.parametrize("probe", ALL)
def test_without_the_extra_nothing_is_held_against_anyone(probe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base installation names the command that installs it, and the run stays complete."""

    def missing(_data: bytes, _format: str) -> None:
        raise NotInstalled("No module named 'c2pa'")

    module = vars(importlib.import_module("gateprobe.probes.support.manifests"))
    monkeypatch.setitem(module, "read", missing)
    monkeypatch.setitem(module, "_READ", {})
    record = drawing(signed(), probe=probe)
    assert (record.observed, record.cause, record.incomplete) == (UNOBSERVED, Cause.HARNESS, False)
    assert (record.install, record.failed_here) == ("pip install 'gateprobe[provenance]'", False)


def noise(edge: int, detail: float) -> bytes:
    """Paint noise of a size, enlarged to 512 pixels; with a share of noise of that size."""
    out = io.BytesIO()
    enlarged = Image.effect_noise((edge, edge), 80).resize((512, 512), Image.Resampling.LANCZOS)
    Image.blend(enlarged, Image.effect_noise((512, 512), 80), detail).save(out, "PNG")
    return out.getvalue()


def enlarging(edge: int, detail: float) -> Record:
    """Judge a gateway that gave noise of a size, enlarged."""
    call = {"type": "image_generation_call", "result": as_base64(noise(edge, detail))}
    answer = exchange(asking().with_(path="/responses"), _json({"object": "response", "output": [call]}))
    return judged("large_pictures_are_drawn_in_their_size", answer, value="512x512")


@pytest.mark.parametrize(
    ("edge", "detail", "observed"), [(512, 0, HONOURED), (256, 0, IGNORED), (128, 0, IGNORED), (256, 0.18, UNOBSERVED)]
)
def test_enlarged_noise_is_told_from_drawn_noise(edge: int, detail: float, observed: Observed) -> None:
    """A picture drawn in half the size or less has no detail of its own; between, nobody can tell."""
    record = enlarging(edge, detail)
    assert (record.observed, record.cause) == (observed, Cause.PREREQUISITE if observed is UNOBSERVED else None)
    assert not record.incomplete


def test_a_flat_picture_has_no_detail_to_measure() -> None:
    """The measure has no division by nothing."""
    assert open_picture(plain()).sharpness == 0


@pytest.mark.parametrize(
    ("fault", "probe"),
    [
        ("provenance.stripped", "pictures_carry_a_manifest"),
        ("provenance.altered", "manifests_hold"),
        ("provenance.altered", "bytes_are_those_that_were_signed"),
        ("provenance.other_product", "generator_is_the_api"),
        ("provenance.model_substituted", "signed_model_is_the_one_asked_for"),
    ],
)
def test_a_faulty_persona_is_found_over_the_wire(fault: str, probe: str) -> None:
    """The persona's own fault is contradicted by its probe; without it, nothing is."""
    honest = {UNOBSERVED} if probe in ABOUT_OPENAI else {HONOURED}
    for faults, observed in (((), honest), ((fault,), {IGNORED, MALFORMED})):
        with serve("openai", faults=faults) as served:
            body = {"model": "gpt-image-2", "prompt": "a red square", "quality": "low"}
            key = {"authorization": f"Bearer {served.key}"}
            answer = httpx.post(f"{served.url}/images/generations", json=body, headers=key, timeout=60)
        assert judged(probe, exchange(asking(), answer.content)).observed in observed


def test_every_probe_is_tested_here() -> None:
    """No probe of the module is left out."""
    expected = {probe.id for probe in probes() if probe.module == "provenance"}
    assert expected == {*ALL, "large_pictures_are_drawn_in_their_size"}
