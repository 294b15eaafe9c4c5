"""The first requests of an audit: endpoints that are absent, addresses and models that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.survey import image_models
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.capture import AttemptLimits, Budget
from gateprobe.cli.summary import summary
from gateprobe.gateway import Overrides, find
from gateprobe.model import Json, Tier, Verdict
from gateprobe.record.file import Record, load
from gateprobe.reference import Served, serve
from tests.support.hostile.drawers import DRAWERS
from tests.support.hostile.drawing import drawing
from tests.support.loopback import SWIFT, raw_server, reply, until_closed
from tests.support.relays.relays import RELAYS

pytestmark = pytest.mark.slow


def smoke(served: Served, folder: Path, url: str = "") -> tuple[dict[str, Record], tuple[str, ...]]:
    """Audit a bare URL; return the must records by probe, and the notices."""
    target = Target(find(url or served.url), served.key)
    finished = audit([target], Settings(Tier.SMOKE), folder)
    return {record.probe: record for record in finished.run.records}, finished.run.header.warnings


def test_smoke_buys_its_picture_where_one_is_drawn(tmp_path: Path) -> None:
    """A relay with the Images API alone: one picture by its only model, one cause for /responses."""
    with serve(RELAYS["images-only"]) as served:
        records, notices = smoke(served, tmp_path / "run")
        assert served.counters.images == 1
        responses = [path for method, path in served.counters.log if path == "/v1/responses" and method == "POST"]
    assert notices == (f"{find(served.url).name} does not list gpt-image-2; acme-image-3 is asked to draw",)
    assert records["picture_comes"].verdict is Verdict.CONFIRMED
    absent = [record for record in records.values() if record.fault_kind == "surface.absent"]
    assert {record.capability for record in absent} == {"responses.text"}
    assert absent[0].scope.endpoint == "/responses"
    hidden = [record for record in records.values() if record.caused_by == "responses.text"]
    assert {record.verdict for record in hidden} == {Verdict.UNPROVEN}
    assert "no such endpoint: POST /responses" in {record.reason for record in hidden}
    assert len(responses) == 4  # twice by the survey, once with an invented key and again with the right one
    run = load(tmp_path / "run")
    assert [each.verdict for each in rejudged(run).records] == [each.verdict for each in run.records]


def test_smoke_of_one_api_buys_its_picture_there(tmp_path: Path) -> None:
    """A relay without Responses is named with the command for its Images API, whose smoke draws and ends with 0."""
    narrowed = ItemFilter(surface="images")
    with serve(RELAYS["images-only"]) as served:
        target = Target(find(served.url), served.key)
        whole = audit([target], Settings(Tier.SMOKE), tmp_path / "whole").run
        settings = Settings(Tier.SMOKE, surface="images")
        finished = audit([target], settings, tmp_path / "run", select=narrowed)
        assert served.counters.images == 2
    first, *_, last = summary(whole, tmp_path / "index.html").splitlines()
    assert first.endswith("links on localhost, PNG; no edits; no Responses API.")
    assert last == f"audit only what it has: gateprobe audit {find(served.url).base_url} --surface images"
    assert finished.exit_code == 0
    records = {record.probe: record.verdict for record in finished.run.records}
    assert records["picture_comes"] is Verdict.CONFIRMED
    assert [each.item for each in rejudged(finished.run).records] == [each.item for each in finished.run.records]


def test_a_bound_holds_for_the_survey_too(tmp_path: Path) -> None:
    """A gateway that draws for requests without a prompt draws once where no picture is allowed."""
    with drawing(DRAWERS["a 503 after drawing"]) as account:
        target = Target(find(account.url), "sk-survey-0123456789")
        audit([target], Settings(Tier.SMOKE, budget=Budget(images=0), limits=SWIFT), tmp_path / "run")
        assert account.answers == [1]


def test_a_silent_gateway_is_given_up_soon(tmp_path: Path) -> None:
    """Two requests of the survey wait in vain, and two of the audit; nothing more is sent."""
    with raw_server(until_closed) as server:
        target = Target(find(server.url), "sk-survey-0123456789")
        limits = AttemptLimits(total=0.3, first_byte=0.3, silence=0.3, cooldown=30)
        finished = audit([target], Settings(Tier.SMOKE, limits=limits), tmp_path / "run")
        assert len(server.heard) == 4
    assert {record.verdict for record in finished.run.records} == {Verdict.UNPROVEN}


@pytest.mark.parametrize("path", ["", "/v1/v1", "/v1/images/generations", "/vl"])
def test_a_wrong_path_is_named_with_the_right_one(tmp_path: Path, path: str) -> None:
    """An address with no API is one sentence with the address that answers; nothing is bought."""
    with serve("openai") as served:
        base = served.url.removesuffix("/v1")
        records, notices = smoke(served, tmp_path / "run", base + path)
        assert served.counters.images == 0
    assert notices == (f"no OpenAI-style API at {base}{path}; use {served.url}",)
    assert {record.verdict for record in records.values()} == {Verdict.UNPROVEN}


def test_a_redirect_is_named_with_its_target(tmp_path: Path) -> None:
    """An address that redirects is one sentence; the key does not travel."""
    moved = reply(b"", "Location: https://api.example.com/v1/models", status="301 Moved Permanently")
    with raw_server(moved) as server, serve("openai") as served:
        records, notices = smoke(served, tmp_path / "run", f"{server.url}/v1")
    assert notices == (f"{server.url}/v1 redirects to https://api.example.com/v1; use https://api.example.com/v1",)
    assert {record.verdict for record in records.values()} == {Verdict.UNPROVEN}


def test_a_list_without_image_models_stops_the_audit(tmp_path: Path) -> None:
    """A gateway that lists text models alone is asked for nothing that is paid."""
    listed = b'{"object":"list","data":[{"id":"chat-1","object":"model"},{"id":"chat-2","object":"model"}]}'
    refused = b'{"error":{"message":"no","type":"x","param":"prompt","code":null}}'
    with raw_server(reply(listed), reply(refused, status="400 Bad Request")) as server, serve("openai") as served:
        _, notices = smoke(served, tmp_path / "run", f"{server.url}/v1")
        paid = [heard for heard in server.heard if b'"prompt"' in heard or b"image_generation" in heard]
    name = find(f"{server.url}/v1").name
    models = "lists 2 models (chat-1 and chat-2), none of which looks like an image model"
    assert notices == (f"{name} {models}: name one with --image-model",)
    assert not paid


def test_a_named_model_that_is_not_listed_stops_the_audit(tmp_path: Path) -> None:
    """The user named a model that the relay does not list: the listed image models are named, and nothing is bought."""
    with serve(RELAYS["images-only"]) as served:
        target = Target(find(served.url, Overrides(image_models=("acme-imge-3",))), served.key)
        finished = audit([target], Settings(Tier.SMOKE), tmp_path / "run")
        assert served.counters.images == 0
    name = target.gateway.name
    sentence = f"{name} does not list acme-imge-3; image models seem to be acme-image-3: name one with --image-model"
    assert finished.run.header.warnings == (sentence,)


def test_image_models_are_known_by_what_states_them_or_by_name() -> None:
    """A stated output decides, then words of the name; a model that reads pictures is none."""
    listed: dict[str, dict[str, Json]] = {
        "flux-1.1-pro": {},
        "acme-image-3": {},
        "qwen-vl-max-image": {},
        "gpt-5.5": {},
        "x-9": {"type": "image"},
        "y-9": {"architecture": {"output_modalities": ["image", "text"]}},
        "z-9": {"architecture": {"modality": "text+image->text"}},
    }
    assert image_models(listed) == ("flux-1.1-pro", "acme-image-3", "x-9", "y-9")
