"""Two vendors' wires, audited from their gateway files alone: what they document is not held against them."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateprobe.model import Verdict
from gateprobe.record.file import Record
from gateprobe.reference import serve
from tests.market import azure, openrouter
from tests.market.serving import Audited, audited

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def of_azure(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Audit the Azure-shaped gateway as deep as it goes."""
    folder = tmp_path_factory.mktemp("azure")
    return audited(azure.AZURE, "azure-foundry", azure.ROOT, folder / "run", "--tier", "deep")


@pytest.fixture(scope="module")
def of_openrouter(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Audit the OpenRouter-shaped gateway as deep as it goes."""
    folder = tmp_path_factory.mktemp("openrouter")
    return audited(openrouter.OPENROUTER, "openrouter", openrouter.ROOT, folder / "run", "--tier", "deep")


@pytest.fixture(params=["of_azure", "of_openrouter"])
def either(request: pytest.FixtureRequest) -> Audited:
    """Return each of the two audits."""
    audited_run: Audited = request.getfixturevalue(request.param)
    return audited_run


def _by_probe(audit: Audited) -> dict[str, Record]:
    return {record.item.partition("@")[0]: record for record in audit.run.records}


def _different(audit: Audited) -> set[str]:
    """Return the capabilities in which the gateway is not compatible with OpenAI."""
    return {record.capability for record in audit.run.records if record.compatible is False}


def test_nothing_is_contradicted(either: Audited) -> None:
    """At no level is a promise contradicted by a gateway that does what its documents say."""
    broken = [(record.item, record.reason) for record in either.run.records if record.verdict is Verdict.CONTRADICTED]
    assert (broken, either.code) == ([], 0)


def test_everything_was_answered(either: Audited) -> None:
    """No question was left open that could have been answered: the address, the key and the baseline were right."""
    assert [(record.item, record.reason) for record in either.run.records if record.incomplete] == []
    assert len(either.run.records) > 200


def test_promises_are_confirmed(either: Audited) -> None:
    """The audit is no formality: dozens of promises were tried and kept."""
    assert sum(record.verdict is Verdict.CONFIRMED for record in either.run.records) >= 30


@pytest.mark.parametrize(
    "capability",
    [
        "images.generate.output_format",  # no WebP
        "images.generate.output_compression",  # counts the other way
        "images.edit.json",
        "responses.image.stream",
        "responses.image.partial_images",
        "responses.image.tool_model",
        "responses.previous_response_id",
        "errors.envelope",
    ],
)
def test_azure_is_not_openai_here(of_azure: Audited, capability: str) -> None:
    """What Azure documents otherwise is named as a difference from OpenAI."""
    assert capability in _different(of_azure)


@pytest.mark.parametrize(
    "capability",
    [
        "models.image_listed",  # in a list of its own
        "images.generate.size_invalid_refused",  # normalised instead
        "images.generate.usage",  # named as chat does
        "responses.previous_response_id",
        "responses.retrieve",
        "stream.event_names",
        "stream.framing",
        "errors.envelope",
    ],
)
def test_openrouter_is_not_openai_here(of_openrouter: Audited, capability: str) -> None:
    """What OpenRouter documents otherwise is named as a difference from OpenAI."""
    assert capability in _different(of_openrouter)


@pytest.mark.parametrize(
    ("probe", "statement"),
    [
        ("format_is_honoured[webp]", "WEBP images aren't supported"),
        ("images_compression_makes_smaller[jpeg]", "bytes at level 10"),
        ("json_edit_is_done", "multipart/form data, not JSON"),
        ("refusals_carry_the_envelope", "the error has no `type`"),
    ],
)
def test_azure_s_differences_are_said(of_azure: Audited, probe: str, statement: str) -> None:
    """Each difference has a sentence that says what came."""
    record = _by_probe(of_azure)[probe]
    assert (record.compatible, statement in record.reference_reason) == (False, True), record.reference_reason


@pytest.mark.parametrize(
    ("probe", "statement"),
    [
        ("image_model_is_listed[openai/gpt-image-2]", "not among the 12 listed models"),
        ("invalid_size_is_refused[512x512]", "was accepted: HTTP 200 with 1 picture (1024x1024)"),
        ("usage_of_a_picture_is_complete", "`input_tokens` is missing"),
        ("event_names_are_types", "has an `event:` line"),
        ("frames_are_openais", "OPENROUTER PROCESSING"),
        ("refusals_carry_the_envelope", "the error has no `type`"),
    ],
)
def test_openrouter_s_differences_are_said(of_openrouter: Audited, probe: str, statement: str) -> None:
    """Each difference has a sentence that says what came."""
    record = _by_probe(of_openrouter)[probe]
    assert (record.compatible, statement in record.reference_reason) == (False, True), record.reference_reason


@pytest.mark.parametrize(
    ("probe", "statement"),
    [
        ("picture_comes", "a png picture of 1024x1024"),
        ("reference_is_used[drawn]", "shape turned"),
        ("transparent_background_is_drawn[webp]", "webp picture with transparent pixels"),
        ("generation_is_streamed", ""),
        ("done_marker_is_last", ""),
    ],
)
def test_openrouter_s_own_ways_are_tried(of_openrouter: Audited, probe: str, statement: str) -> None:
    """What stands in the file alone, POST /images and input_references, is asked and kept."""
    record = _by_probe(of_openrouter).get(probe)
    assert record is not None
    assert (record.verdict, statement in record.reason) == (Verdict.CONFIRMED, True), record.reason


def test_azure_s_own_transparency_is_tried(of_azure: Audited) -> None:
    """Azure's guide excludes no model from transparent backgrounds, so gpt-image-2 is asked for one."""
    assert _by_probe(of_azure)["transparent_background_is_drawn[png]"].verdict is Verdict.CONFIRMED


def test_azure_is_not_held_to_what_it_says_of_other_models(of_azure: Audited) -> None:
    """input_fidelity is offered by the gpt-image-1 series; that gpt-image-2 refuses it breaks no promise."""
    assert _by_probe(of_azure)["input_fidelity_is_taken[refused]"].verdict is Verdict.ABSENT


def test_an_unknown_deployment_is_an_unknown_model(of_azure: Audited) -> None:
    """Azure answers an unknown model with DeploymentNotFound: a refusal of the model, and no missing endpoint."""
    assert _by_probe(of_azure)["unknown_model_is_refused"].compatible is True


def test_the_azure_shape_wants_all_of_its_baseline() -> None:
    """Without the key's own header, the api-version or the path, the gateway says no: the file gave all three."""
    body = {"model": "gpt-image-2", "prompt": "A red square.", "quality": "low", "size": "1024x1024"}
    with serve(azure.AZURE) as served, httpx.Client(base_url=served.url.removesuffix("/v1")) as client:

        def status(path: str, header: dict[str, str], **query: str) -> int:
            return client.post(path, json=body, headers=header, params=query).status_code

        whole = "/openai/v1/images/generations"
        assert status(whole, {"api-key": served.key}, **{"api-version": "preview"}) == 200
        assert status(whole, {"authorization": f"Bearer {served.key}"}, **{"api-version": "preview"}) == 401
        assert status(whole, {"api-key": served.key}) == 404
        assert status("/v1/images/generations", {"api-key": served.key}, **{"api-version": "preview"}) == 404


def test_the_openrouter_shape_is_not_openai_s() -> None:
    """The stream has no event line, begins with a comment and ends with [DONE]; an error's code is a number."""
    body = {"model": "openai/gpt-image-2", "prompt": "A red square.", "quality": "low", "size": "1024x1024"}
    with serve(openrouter.OPENROUTER) as served, httpx.Client(base_url=served.url.removesuffix("/v1")) as client:
        key = {"authorization": f"Bearer {served.key}"}
        assert client.post("/api/v1/images/generations", json=body, headers=key).status_code == 404
        text = client.post("/api/v1/images", json=body | {"stream": True}, headers=key).text
        assert text.startswith(": OPENROUTER PROCESSING\n\ndata: {")
        assert text.endswith("data: [DONE]\n\n")
        assert "\nevent:" not in text
        assert client.post("/api/v1/images", json=body).json()["error"]["code"] == 401


def test_a_gateway_is_asked_only_at_its_own_paths(tmp_path: Path) -> None:
    """A smoke audit of the OpenRouter shape asks nothing at OpenAI's path for pictures, and buys one picture."""
    small = audited(openrouter.OPENROUTER, "openrouter", openrouter.ROOT, tmp_path / "run", "--tier", "smoke")
    assert (small.code, small.drawn) == (0, 1)
    assert [path for path in small.asked if path.endswith("/images/generations")] == []
