"""Which endpoints a gateway has, by answers to requests that every endpoint refuses."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from gateprobe.evidence import Attempt, Evidence, Exchange
from gateprobe.gateway import reference
from gateprobe.judge.surfaces import (
    NOWHERE_NOTE,
    Surface,
    alternative_addresses,
    is_api,
    is_missing,
    judge_absent_surface,
    read_survey,
    redirect_target,
)
from gateprobe.library import probes
from gateprobe.model import Claim, Finding, honoured, ignored
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES, SURVEY
from gateprobe.request import JsonBody, Request

probes()  # declares them


def answer(
    status: int, body: object = None, *, note: str = "generations", kind: str = "application/json", location: str = ""
) -> Exchange:
    """Return the answer to a request of the survey."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = (("Content-Type", kind), *([("Location", location)] if location else []))
    attempt = Attempt(0, "now", 1.0, status, headers=headers, sha256="x")
    request = Request("POST", f"/images/{note}", JsonBody({}), note=note)
    return Exchange(0, request, (attempt,), lambda _: data, SURVEY)


def error(message: str = "no", code: str | None = None, param: str | None = None) -> dict[str, object]:
    """Return an error body in OpenAI's envelope."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


@pytest.mark.parametrize(
    ("exchange", "missing"),
    [
        (answer(404, error("Invalid URL (POST /v1/images/generations)")), True),
        (answer(404, error("Invalid URL (GET /v1/models)")), True),
        (answer(404, {"detail": "Not Found"}), True),
        (answer(404, b"<html>not found</html>", kind="text/html"), True),
        (answer(404, b"404 page not found", kind="text/plain"), True),
        (answer(405, error("Not allowed", "method_not_supported")), True),
        (answer(410, error("gone")), True),
        (answer(501, error("not implemented")), True),
        (answer(200, b"<!doctype html><title>Console</title>", kind="text/html"), True),
        (answer(404, error("The model 'x' does not exist", "model_not_found")), False),
        (answer(404, error("no such deployment", "DeploymentNotFound")), False),
        (answer(404, error("not found", None, "prompt")), False),
        (answer(400, error("Missing required parameter: 'prompt'.", None, "prompt")), False),
        (answer(400, error("unsupported endpoint")), True),
        (answer(400, error("prompt is required")), False),
        (answer(401, error("Invalid key")), False),
        (answer(403, error("forbidden")), False),
        (answer(429, error("slow down")), False),
        (answer(503, error("no channel")), False),
        (answer(200, {"data": []}), False),
    ],
)
def test_a_missing_endpoint_is_told_from_a_refusal(exchange: Exchange, missing: bool) -> None:  # noqa: FBT001 - a column of the table
    """What is refused as a missing path is missing; what is refused for its model, a field or the key is not."""
    assert is_missing(exchange, answer(400, error("unsupported endpoint"), note=NOWHERE_NOTE)) is missing


def test_an_endpoint_is_absent_by_two_answers() -> None:
    """A single answer of a missing path may be chance; two in a row are not."""
    absent = answer(404, {"detail": "Not Found"})
    present = answer(400, error(param="prompt"))
    for answers, expected in (((absent,), False), ((absent, present), False), ((absent, absent), True)):
        survey = read_survey(Evidence("a", SURVEY, None, answers))
        assert survey.absent(Surface.GENERATIONS) is expected
        assert bool(survey.paths) is expected


def test_without_a_survey_nothing_is_known() -> None:
    """A run that sent no survey names no endpoint as absent and no address as wrong."""
    survey = read_survey(None)
    assert not survey.paths
    assert not survey.is_without_api


@pytest.mark.parametrize(
    ("base", "first"),
    [
        ("https://a.example", "https://a.example/v1"),
        ("https://a.example/v1/v1", "https://a.example/v1"),
        ("https://a.example/v1/images/generations", "https://a.example/v1"),
        ("https://a.example/v1/chat/completions", "https://a.example/v1"),
        ("https://a.example/openai", "https://a.example/openai/v1"),
    ],
)
def test_the_likeliest_address_comes_first(base: str, first: str) -> None:
    """A missing, doubled or overlong path is mended before other places are tried."""
    assert next(alternative_addresses(base, answer(404))) == first


def test_a_redirect_leads_to_a_base_url() -> None:
    """The target of a redirected models list, without its own path, is the address to use."""
    assert redirect_target("https://b.example/api/v1/models?x=1", "https://a.example/v1") == "https://b.example/api/v1"
    assert redirect_target("/v1/models/", "https://a.example/") == "https://a.example/v1"
    assert redirect_target("//b.example/v1/models", "https://a.example/v1") == "https://b.example/v1"
    assert redirect_target("javascript:alert(1)", "https://a.example") == ""


LINK = Request("GET", "https://a.example/v1/models", note="https://a.example/v1")


def other(status: int | None, body: object = None, kind: str = "application/json") -> Exchange:
    """Return the answer of another address."""
    known = answer(status or 0, body, kind=kind)
    return replace(known, request=LINK, attempts=(replace(known.last, status=status),))


NOWHERE = answer(404, {"detail": "Not Found"}, note=NOWHERE_NOTE)


@pytest.mark.parametrize(
    ("exchange", "nowhere", "expected"),
    [
        (answer(200, {"data": []}), NOWHERE, True),
        (answer(400, error(param="prompt")), NOWHERE, True),
        (answer(401, error("Invalid key")), NOWHERE, True),
        (answer(503, error("no channel")), NOWHERE, True),
        (answer(404, {"detail": "Not Found"}), NOWHERE, False),
        (answer(501, error("not implemented")), NOWHERE, False),
        (answer(302, b"", location="/login"), NOWHERE, False),
        (answer(401, b"<html>", kind="text/html"), NOWHERE, False),
        (answer(200, {"data": []}), None, True),
        (answer(401, error("Invalid key")), None, True),
        (answer(403, error("no")), None, True),
        (answer(400, error("no")), None, False),
        (answer(200, b"ok", kind="text/plain"), None, False),
        (other(200, {"data": []}), None, True),
        (other(503, error("no channel")), None, False),
        (other(None), None, False),
        (replace(other(None), request=answer(200).request), NOWHERE, True),
    ],
)
def test_what_is_an_api(exchange: Exchange, nowhere: Exchange | None, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """An outage is one at the gateway's own address, and says nothing at another."""
    assert is_api(exchange, nowhere) is expected


def test_what_varies_makes_no_difference() -> None:
    """Two refusals that differ in their path and in an id are the same; other words are another refusal."""
    first, second, unlike = (
        answer(400, {"detail": f"bad request {text}"}, note=note)
        for note, text in (("generations", "0a1b2c3d4e"), ("none", "ffee0011aa"), ("none", "xyz"))
    )
    assert is_missing(first, second)
    assert is_missing(first, answer(400, {"detail": "bad request "}, note="none"))
    assert not is_missing(first, unlike)
    assert not is_missing(first, answer(404, {"detail": "bad request 0a1b2c3d4e"}))


@pytest.mark.parametrize(
    ("statuses", "present"),
    [
        ((), False),
        ((400, 400), True),
        ((200,), True),
        ((401,), False),
        ((403,), False),
        ((302,), False),
        ((503,), False),
    ],
)
def test_what_is_present(statuses: tuple[int, ...], present: bool) -> None:  # noqa: FBT001 - a column of the table
    """A surface answered with anything but an outage, a demand for a key or a redirect."""
    answers = tuple(answer(status, error(param="prompt")) for status in statuses)
    assert read_survey(Evidence("a", SURVEY, None, answers)).present(Surface.GENERATIONS) is present


def test_the_address_of_another_answer_is_better() -> None:
    """Where no API answers at the address, another one is named by the note of its request."""
    page = answer(200, b"<html>", kind="text/html")
    lost = read_survey(Evidence("a", SURVEY, None, (page, page, other(503), other(401, error("key")))))
    assert (lost.is_without_api, lost.better_address) == (True, "https://a.example/v1")
    named = answer(400, error("Missing required parameter: 'n'", param="n"))
    assert not read_survey(Evidence("a", SURVEY, None, (NOWHERE, page, named))).is_without_api
    assert read_survey(Evidence("a", SURVEY, None, (page, named))).is_without_api
    assert not read_survey(Evidence("a", SURVEY, None, (page,))).is_without_api


@pytest.mark.parametrize(
    ("probe_id", "finding", "judged"),
    [
        ("text_model_is_listed", ignored("models.list_wrong", "not listed"), True),
        ("text_model_is_listed", honoured("listed"), False),
        ("text_model_is_listed", None, False),
        ("image_model_is_listed", ignored("models.list_wrong", "not listed"), False),
    ],
)
def test_the_text_model_of_no_endpoint(probe_id: str, finding: Finding | None, judged: bool) -> None:  # noqa: FBT001 - a column of the table
    """Where there is no Responses endpoint, nobody asks for the text model, so that its absence is no fault."""
    gone = answer(404, {"detail": "Not Found"}, note="responses")
    captured = {SURVEY: Evidence("a", SURVEY, None, (gone, gone))}
    item = Item(PROBES[probe_id], reference(), "gpt-5.5")
    listed = Evidence("a", "models_list", None, (answer(200, {"data": []}),))
    result = judge_absent_surface(item, Claim(item.probe.capability), finding, listed, captured)
    assert (result is not None) is judged
