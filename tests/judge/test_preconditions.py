"""What stands between a probe and its question, classified from evidence alone."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from gateprobe.evidence import Arrival, Attempt, Defect, Evidence, Exchange, Failure, failure
from gateprobe.judge.preconditions import cause_of, no_api, nothing_fits, obstacle, obstacle_of
from gateprobe.message import message
from gateprobe.model import EMPTY, Cause, Claim, Finding, Observed, Seen, Unobserved
from gateprobe.probe import PARTIAL, REFUSAL, Selection
from gateprobe.request import JsonBody, Request, Transport

CLAIM = Claim("images.generate")
NOTHING: frozenset[str] = frozenset()
assert not EMPTY


def exchange(
    status: int | None,
    body: object = None,
    *,
    failure: Failure | None = None,
    defect: Defect | None = None,
    kind: str = "application/json",
    request: Request | None = None,
) -> Exchange:
    """Return an exchange with one attempt."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    attempt = Attempt(
        0, "now", 1.0, status, headers=(("Content-Type", kind),), sha256="x", failure=failure, defect=defect
    )
    return Exchange(0, request or Request("POST", "/images/generations", JsonBody({})), (attempt,), lambda _: data)


def error(code: str | None = None, kind: str | None = None, message: str = "no") -> dict[str, object]:
    """Return an error body in OpenAI's envelope."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def outcome_of(finding: Finding | None) -> str | None:
    """Return the cause of a finding that observed nothing, else what it observed."""
    if finding is None:
        return None
    return finding.cause if isinstance(finding, Unobserved) else str(finding.observed)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"data": []}, None),
        (400, error("invalid_value"), "refused"),
        (404, error("model_not_found"), "refused"),
        (404, b"<html>not found</html>", "refused"),
        (422, {"detail": "bad"}, "refused"),
        (401, error("invalid_api_key"), "auth"),
        (403, error(), "auth"),
        (402, error(), "quota"),
        (408, error(), "timeout"),
        (429, error("rate_limit_exceeded"), "throttled"),
        (429, error("insufficient_quota"), "quota"),
        (400, error("billing_hard_limit_reached"), "quota"),
        (400, error("moderation_blocked"), "policy"),
        (400, error("contentFilter"), "policy"),
        (400, error("bio_policy"), "policy"),
        (400, error("misalignment_policy_violation"), "policy"),
        (400, {"error": {"message": "no", "code": "failed", "moderation_details": {"categories": ["hate"]}}}, "policy"),
        (400, {"error": {"message": "no", "code": "failed", "misalignment": {"category": "deception"}}}, "policy"),
        (400, error("content_policy_violation", "image_generation_user_error"), "policy"),
        (400, error(message="Your request was rejected by the safety system."), "policy"),
        (500, error("server_error"), "upstream"),
        (502, b"<html>bad gateway</html>", "upstream"),
        (503, b"", "upstream"),
        (524, b"a timeout occurred", "upstream"),
        (302, b"", "refused"),
        (200, b"<html>hello</html>", None),
    ],
)
def test_a_status_has_a_meaning(status: int, body: object, expected: str | None) -> None:
    """Each status and error code is the answer, or the cause, that it is: never a pass, never unsupported."""
    assert outcome_of(obstacle_of(exchange(status, body), CLAIM, NOTHING)) == expected


@pytest.mark.parametrize("cause", [Cause.TIMEOUT, Cause.NETWORK])
def test_a_failure_keeps_its_cause(cause: Cause) -> None:
    """What was set where the request was made is what the finding says, whatever came before it."""
    finding = obstacle_of(exchange(200, {"data": []}, failure=failure(cause, "why")), CLAIM, NOTHING)
    assert outcome_of(finding) == cause
    assert finding is not None
    assert finding.reason == "why"


def test_a_probe_may_ask_to_see() -> None:
    """A probe that sees refusals, causes or cut answers is given them; nothing else changes."""
    refusal, throttled = exchange(400, error("x")), exchange(429, error())
    cut = exchange(200, {}, failure=failure(Cause.NETWORK, "cut"))
    assert obstacle_of(refusal, CLAIM, frozenset({REFUSAL})) is None
    assert outcome_of(obstacle_of(throttled, CLAIM, frozenset({REFUSAL}))) == "throttled"
    assert obstacle_of(throttled, CLAIM, frozenset({Cause.THROTTLED})) is None
    assert obstacle_of(cut, CLAIM, frozenset({PARTIAL})) is None
    assert outcome_of(obstacle_of(cut, CLAIM, frozenset({REFUSAL}))) == "network"


def test_a_documented_refusal_is_a_refusal() -> None:
    """A status that the document names as its refusal is one, even a 500."""
    claim = Claim("images.generate", refusal_status=(500,))
    assert outcome_of(obstacle_of(exchange(500, error()), claim, NOTHING)) == "refused"
    assert obstacle_of(exchange(500, error()), claim, frozenset({REFUSAL})) is None


def test_a_defect_is_the_gateways() -> None:
    """An encoding that does not decode is malformed, not a lost connection."""
    finding = obstacle_of(
        exchange(200, b"x", defect=Defect("transport.encoding", message("does not decompress"))), CLAIM, NOTHING
    )
    assert outcome_of(finding) == Observed.MALFORMED


def test_an_error_inside_a_stream_has_a_cause() -> None:
    """Status 200 and an error event that speaks of rates is throttling, not an answer."""
    body = b'event: error\ndata: {"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}\n\n'
    streamed = exchange(
        200, body, kind="text/event-stream", request=Request("POST", "/responses", JsonBody({}), streams=True)
    )
    assert outcome_of(obstacle_of(streamed, CLAIM, NOTHING)) == "throttled"


@pytest.mark.parametrize(
    ("output", "expected"),
    [([], "policy"), ([{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}], None)],
)
def test_a_response_that_the_content_filter_ended_is_policy(output: list[object], expected: str | None) -> None:
    """One that is incomplete for that reason, with nothing in it, shows nothing about the gateway."""
    body = {
        "id": "resp_1",
        "object": "response",
        "status": "incomplete",
        "incomplete_details": {"reason": "content_filter"},
        "output": output,
    }
    filtered = exchange(200, body, request=Request("POST", "/responses", JsonBody({})))
    assert outcome_of(obstacle_of(filtered, CLAIM, NOTHING)) == expected


def test_an_error_over_a_websocket_is_a_refusal() -> None:
    """An error message over a WebSocket is a refusal, as a 400 is over HTTP."""
    data = orjson.dumps({"type": "error", "error": {"message": "no", "code": "bad"}})
    attempt = Attempt(0, "now", 1.0, 101, sha256="x", arrivals=(Arrival(len(data), 1.0),))
    asked = Request("POST", "/responses", JsonBody({}), transport=Transport.WEBSOCKET)
    assert outcome_of(obstacle_of(Exchange(0, asked, (attempt,), lambda _: data), CLAIM, NOTHING)) == "refused"


@pytest.mark.parametrize(("code", "cause"), [("rate_limit_exceeded", "throttled"), ("server_error", "upstream")])
def test_an_error_over_a_websocket_has_a_cause(code: str, cause: str) -> None:
    """An error message that speaks of rates, or of the server, says nothing of the request."""
    data = orjson.dumps({"type": "error", "error": {"message": "no", "code": code}})
    attempt = Attempt(0, "now", 1.0, 101, sha256="x", arrivals=(Arrival(len(data), 1.0),))
    asked = Request("POST", "/responses", JsonBody({}), transport=Transport.WEBSOCKET)
    assert outcome_of(obstacle_of(Exchange(0, asked, (attempt,), lambda _: data), CLAIM, NOTHING)) == cause


def test_what_blocked_a_scenario_comes_after_what_it_saw() -> None:
    """A scenario that was stopped says why, unless an exchange already tells more."""
    blocked = failure(Cause.BUDGET, "spent")
    assert outcome_of(obstacle(Evidence("a", "s", None, (), blocked), CLAIM, NOTHING)) == "budget"
    seen = Evidence("a", "s", None, (exchange(429, error()),), blocked)
    assert outcome_of(obstacle(seen, CLAIM, NOTHING)) == "throttled"
    assert outcome_of(obstacle(Evidence("a", "s", None, ()), CLAIM, NOTHING)) == "prerequisite"


PAGE = exchange(200, b"<!doctype html>", kind="text/html")
MISSING = exchange(404, {"detail": "Not Found"})
UNKNOWN_URL = exchange(404, error(message="Invalid URL (POST /images/generations)"))
UNKNOWN_LIST = exchange(404, error(message="Invalid URL (GET /models)"), request=Request("GET", "/models"))


@pytest.mark.parametrize(
    ("exchanges", "is_none"),
    [
        ([PAGE], True),
        ([PAGE, MISSING], True),
        ([exchange(501, b"<!doctype html>", kind="text/html"), MISSING], True),
        ([UNKNOWN_URL, UNKNOWN_LIST], True),
        ([UNKNOWN_URL, UNKNOWN_LIST, exchange(204, b"", request=Request("OPTIONS", "/responses"))], True),
        ([UNKNOWN_URL, UNKNOWN_URL], False),
        ([UNKNOWN_URL, exchange(404, error(), request=Request("GET", "/models/no-such-model"))], False),
        ([PAGE, exchange(200, {"data": []})], False),
        ([PAGE, exchange(401, error())], False),
        ([PAGE, exchange(404, error("model_not_found"))], False),
        ([UNKNOWN_LIST, exchange(404, error("model_not_found"))], False),
        ([exchange(502, b"<html>", kind="text/html")], False),
        ([exchange(None, b"", failure=failure(Cause.NETWORK, "no"))], False),
        ([], False),
    ],
)
def test_where_no_api_answers(exchanges: list[Exchange], is_none: bool) -> None:  # noqa: FBT001 - a column of the table
    """Web pages and missing paths alone are no API; one answer of an API is enough, and so is an outage."""
    finding = no_api([Evidence("a", "s", None, tuple(exchanges))], "http://a")
    assert outcome_of(finding) == ("prerequisite" if is_none else None)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://a:1", "no OpenAI-style API at http://a:1; did you mean http://a:1/v1?"),
        ("http://a:1/api/", "no OpenAI-style API at http://a:1/api; did you mean http://a:1/api/v1?"),
        ("http://a:1/v1", "no OpenAI-style API at http://a:1/v1; is the base URL right?"),
    ],
)
def test_a_wrong_address_is_told_with_the_likely_one(address: str, sentence: str) -> None:
    """The sentence names the address, and proposes its /v1 where it has none."""
    finding = no_api([Evidence("a", "s", None, (PAGE,))], address)
    assert finding is not None
    assert finding.reason == sentence


def test_what_clients_made_of_answers_is_no_api() -> None:
    """The replay of answers to a client is no answer of the gateway."""
    replayed = Evidence("a", "client.openai_python", None, (exchange(200, {"data": []}),))
    assert outcome_of(no_api([Evidence("a", "s", None, (PAGE,)), replayed], "http://a")) == "prerequisite"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_accepts_nothing(status: int) -> None:
    """A redirect is a refusal for every probe, also for those of refusals: nobody looked at the request."""
    for accepts in (NOTHING, frozenset({REFUSAL})):
        finding = obstacle_of(exchange(status, b""), CLAIM, accepts)
        assert isinstance(finding, Seen)
        assert (finding.observed, finding.fault_kind) == (Observed.REFUSED, "surface.redirected")


@pytest.mark.parametrize(
    ("stated", "result", "expected"),
    [
        ({"code": "moderation_blocked", "message": "no"}, None, Cause.POLICY),
        ({"message": "no", "moderation_details": {"categories": [], "moderation_stage": "output"}}, None, Cause.POLICY),
        ({"code": "server_error", "message": "no"}, None, None),
        ({"code": "moderation_blocked", "message": "no"}, "AAAA", None),
        ("no", None, None),
    ],
)
def test_a_call_that_moderation_stopped_is_policy(stated: object, result: str | None, expected: Cause | None) -> None:
    """A completed response whose only call failed by moderation shows nothing about the gateway."""
    call = {"type": "image_generation_call", "id": "ig_1", "status": "failed", "result": result, "error": stated}
    body = {"id": "resp_1", "object": "response", "status": "completed", "error": None, "output": [call]}
    response = exchange(200, body, request=Request("POST", "/responses", JsonBody({})))
    assert cause_of(response) is expected


PICTURES = Selection("the pictures", (), lambda _exchange: False, could_match=lambda sent: sent.request.of_images)
TEXT = Request("POST", "/responses", JsonBody({}))
NO_DISK = failure(Cause.HARNESS, "the disk is full")


def candidates(*exchanges: Exchange, blocked: Failure | None = None) -> list[Evidence]:
    """Return two scenarios, of which the first has some exchanges and what stopped it, the second nothing."""
    return [Evidence("a", "s", None, exchanges, blocked), Evidence("a", "t", None, ())]


@pytest.mark.parametrize(
    ("evidence", "cause", "reason"),
    [
        ([], Cause.PREREQUISITE, "nothing is among the pictures: no request that could have brought it was sent"),
        (candidates(blocked=NO_DISK), Cause.HARNESS, "the disk is full"),
        (candidates(exchange(200, request=TEXT), blocked=NO_DISK), Cause.HARNESS, "the disk is full"),
        (candidates(exchange(200), blocked=NO_DISK), Cause.PREREQUISITE, "nothing is among the pictures: HTTP 200"),
        (candidates(exchange(429, error("slow"))), Cause.THROTTLED, "HTTP 429"),
        (candidates(exchange(200), exchange(429, error("slow"))), Cause.THROTTLED, "HTTP 429"),
        (candidates(exchange(400, error("no"))), Cause.PREREQUISITE, "nothing is among the pictures: HTTP 400"),
        (
            [*candidates(exchange(200)), *candidates(blocked=NO_DISK)],
            Cause.PREREQUISITE,
            "nothing is among the pictures: HTTP 200",
        ),
        (
            candidates(exchange(429, error("slow"), request=TEXT)),
            Cause.PREREQUISITE,
            "nothing is among the pictures: no request that could have brought it was sent",
        ),
    ],
)
def test_why_nothing_fits(evidence: list[Evidence], cause: Cause, reason: str) -> None:
    """An obstacle of a request that might have matched, what stopped all of them, or what the last one brought."""
    why = nothing_fits(PICTURES, evidence, NOTHING)
    assert (why.cause, why.reason[: len(reason)]) == (cause, reason)


def test_a_selection_states_what_is_missing() -> None:
    """Its own sentence replaces the general one."""
    needs = replace(PICTURES, missing_reason=message("no picture came"))
    reason = "no picture came: no request that could have brought it was sent"
    assert nothing_fits(needs, [], NOTHING).reason == reason


@pytest.mark.parametrize("accepts", [NOTHING, frozenset({REFUSAL}), frozenset({PARTIAL})])
def test_a_redirect_names_where_it_leads(accepts: frozenset[str]) -> None:
    """It is no answer for a probe of refusals either; the target is in the sentence."""
    redirect = exchange(308, b"")
    led = replace(redirect.last, headers=(("Location", "https://b.invalid/v1"),))
    finding = obstacle_of(replace(redirect, attempts=(led,)), CLAIM, accepts)
    assert finding is not None
    assert finding.reason == "HTTP 308: a redirect to 'https://b.invalid/v1', which is not followed"
    assert obstacle_of(redirect, CLAIM, frozenset({Cause.UPSTREAM})) is None
