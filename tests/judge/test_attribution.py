"""Whose doing a finding is: recognised shapes by name, causes otherwise, and never OpenAI's own Cloudflare."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.evidence import Attempt, Evidence, Exchange, Failure, UpstreamExchange, failure
from gateprobe.judge.attribution import BY_GATEWAY, BY_UPSTREAM, Attribution, attribute
from gateprobe.judge.preconditions import obstacle
from gateprobe.judge.signatures import SIGNATURES, signature_of
from gateprobe.model import (
    Blame,
    Cause,
    Claim,
    Finding,
    Place,
    Stance,
    Unobserved,
    Verdict,
    honoured,
    ignored,
    malformed,
    refused,
    unobserved,
    verdict_of,
)
from gateprobe.probe import REFUSAL
from gateprobe.request import JsonBody, Request
from tests.evidence.test_tying import behind, front

ASKED = Request("POST", "/images/generations", JsonBody({"model": "gpt-image-2", "prompt": "a red square"}))
CLAIM = Claim("images.generate", Stance.OFFERED)


def answer(
    status: int | None,
    body: bytes = b"{}",
    *headers: tuple[str, str],
    kind: str = "application/json",
    failure: Failure | None = None,
) -> Exchange:
    """Make an exchange whose answer is a literal."""
    sent = Attempt(1, "2026-11-21T09:00:00.000+00:00", 10.0, status, headers=(("content-type", kind), *headers))
    return Exchange(0, ASKED, (replace(sent, sha256="0" * 64, failure=failure),), lambda _: body)


def blamed(exchange: Exchange, finding: Finding | None = None) -> tuple[Blame, str]:
    """Return whose doing the answer to a request that was in order is."""
    evidence = Evidence("acme", "made", None, (exchange,))
    decided = finding or obstacle(evidence, CLAIM, frozenset())
    assert decided is not None
    text = attribute(decided, verdict_of(Stance.OFFERED, decided.observed), evidence, CLAIM, frozenset())
    assert text is not None
    return text.blame, text.signature


KNOWN = {
    "cloudflare 524": (524, b"error code: 524", "text/plain", Blame.GATEWAY, "cloudflare_524"),
    "cloudflare 521 page": (
        521,
        b"<!DOCTYPE html><title>a | 521</title>",
        "text/html",
        Blame.GATEWAY,
        "cloudflare_521",
    ),
    "challenge": (403, b"<html><title>Just a moment...</title>", "text/html", Blame.GATEWAY, "cloudflare_challenge"),
    "nginx 502": (502, b"<html><center>nginx/1.27</center></html>", "text/html", Blame.GATEWAY, "nginx_no_answer"),
    "nginx 504": (504, b"<html><center>nginx</center></html>", "text/html", Blame.GATEWAY, "nginx_timeout"),
    "any page": (500, b"<html><body>Oops</body></html>", "text/html", Blame.GATEWAY, "html_page"),
    "codex token": (
        401,
        b'{"detail":"Could not parse your authentication token. Please try signing in again."}',
        "application/json",
        Blame.UPSTREAM,
        "codex",
    ),
    "codex stream": (400, b'{"detail":"Stream must be set to true"}', "application/json", Blame.UPSTREAM, "codex"),
    "codex limit": (
        429,
        b'{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}',
        "application/json",
        Blame.UPSTREAM,
        "chatgpt_limit",
    ),
    "fastapi 422": (
        422,
        b'{"detail":[{"type":"missing","loc":["body","image"],"msg":"Field required"}]}',
        "application/json",
        Blame.GATEWAY,
        "fastapi_check",
    ),
    "fastapi 400": (400, b'{"detail":"no such thing"}', "application/json", Blame.GATEWAY, "fastapi_detail"),
    "litellm": (
        400,
        b'{"error":{"message":"litellm.BadRequestError: OpenAIException - Unknown","type":null,"code":"400"}}',
        "application/json",
        Blame.UPSTREAM,
        "litellm",
    ),
    "new-api upstream": (
        500,
        b'{"error":{"message":"bad status code 502","type":"upstream_error","code":"bad_response_status_code"}}',
        "application/json",
        Blame.UPSTREAM,
        "new_api_upstream",
    ),
    "one-api": (
        503,
        b'{"error":{"message":"(request id: 2026112108301012345678)","type":"one_api_error","code":null}}',
        "application/json",
        Blame.GATEWAY,
        "new_api",
    ),
    "no channel": (
        503,
        '{"error":{"message":"当前分组 default 下对于模型 gpt-image-2 无可用渠道","type":"new_api_error"}}'.encode(),
        "application/json",
        Blame.GATEWAY,
        "pool_empty",
    ),
    "azure": (
        404,
        b'{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}',
        "application/json",
        Blame.UPSTREAM,
        "azure_named",
    ),
    "crash": (
        500,
        b'{"error":{"message":"\'NoneType\' object has no attribute \'data\'","type":"server_error"}}',
        "application/json",
        Blame.GATEWAY,
        "own_exception",
    ),
    "plain 500": (
        500,
        b'{"error":{"message":"Sorry","type":"server_error"}}',
        "application/json",
        Blame.UPSTREAM,
        "",
    ),
    "bad key": (401, b'{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}', "", Blame.OURS, ""),
    "no credit": (429, b'{"error":{"message":"You","code":"insufficient_quota"}}', "", Blame.OURS, ""),
    "moderation": (400, b'{"error":{"message":"no","code":"moderation_blocked"}}', "", Blame.POLICY, ""),
    "plain refusal": (
        400,
        b'{"error":{"message":"Unknown parameter","type":"invalid_request_error","code":"unknown_parameter"}}',
        "application/json",
        Blame.GATEWAY,
        "",
    ),
}


@pytest.mark.parametrize(("status", "body", "kind", "blame", "signature"), KNOWN.values(), ids=KNOWN)
def test_known_answers_name_their_maker(status: int, body: bytes, kind: str, blame: Blame, signature: str) -> None:
    """Each answer that is known from public reports points at whom it comes from, by name."""
    assert blamed(answer(status, body, kind=kind)) == (blame, signature)


def test_openai_behind_cloudflare_is_not_taken_for_a_page_of_it() -> None:
    """OpenAI's own answers carry `server: cloudflare` (recorded traffic); that alone says nothing."""
    body = b'{"error":{"message":"Invalid value","type":"invalid_request_error","param":"size","code":"invalid_value"}}'
    exchange = answer(400, body, ("server", "cloudflare"), ("cf-ray", "8f0-FRA"))
    assert signature_of(exchange) is None
    assert blamed(exchange)[0] is Blame.GATEWAY


def test_what_was_delivered_is_the_gateways() -> None:
    """A 200 that does something else is answered for by who sent it."""
    assert blamed(answer(200), ignored("param.n_ignored", "asked for 2 pictures, received 1"))[0] is Blame.GATEWAY


def test_a_confirmed_verdict_blames_nobody() -> None:
    """What is as documented is nobody's fault."""
    evidence = Evidence("acme", "made", None, (answer(200),))
    assert attribute(honoured("two came"), Verdict.CONFIRMED, evidence, CLAIM, frozenset()) is None


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_points_somewhere(cause: Cause) -> None:
    """No cause is left without a word of whose doing it is; a failure of ours is always ours."""
    evidence = Evidence("acme", "made", None, ())
    text = attribute(unobserved(cause, "so"), Verdict.UNPROVEN, evidence, CLAIM, frozenset())
    assert text is not None
    assert (text.blame is Blame.OURS) == (
        cause in (Cause.AUTH, Cause.QUOTA, Cause.THROTTLED, Cause.BUDGET, Cause.HARNESS)
    )


@pytest.mark.parametrize(
    ("number", "step", "expected"),
    [(1, None, "fastapi_check"), (2, None, ""), (2, 0, "fastapi_check"), (2, 1, ""), (2, 7, "")],
)
def test_an_accepted_refusal_is_blamed_by_its_place(number: int, step: int | None, expected: str) -> None:
    """Where a probe accepts refusals, its finding's place decides, and without one the only exchange that there is."""
    body = b'{"detail":[{"type":"missing","loc":["body","image"],"msg":"Field required"}]}'
    exchanges = (answer(422, body), replace(answer(200), step=1))[:number]
    evidence = Evidence("acme", "made", None, exchanges)
    place = Place("", step) if step is not None else None
    finding = ignored("param.n_ignored", "another code").at(place)
    text = attribute(finding, Verdict.CONTRADICTED, evidence, CLAIM, frozenset({REFUSAL}))
    assert text is not None
    assert (text.blame, text.signature) == (Blame.GATEWAY, expected)


@pytest.mark.parametrize(
    ("cause", "blame", "signature"),
    [
        (Cause.UPSTREAM, Blame.UPSTREAM, "codex"),
        (Cause.AUTH, Blame.UPSTREAM, "codex"),
        (Cause.QUOTA, Blame.UPSTREAM, "codex"),
        (Cause.THROTTLED, Blame.UPSTREAM, "codex"),
        (Cause.TIMEOUT, Blame.UPSTREAM, "codex"),
        (Cause.NETWORK, Blame.NETWORK, ""),
        (Cause.POLICY, Blame.POLICY, ""),
        (Cause.BUDGET, Blame.OURS, ""),
        (Cause.HARNESS, Blame.OURS, ""),
        (Cause.PREREQUISITE, Blame.UNDETERMINED, ""),
        (Cause.UNOBSERVABLE, Blame.UNDETERMINED, ""),
    ],
)
def test_a_signature_explains_some_causes(cause: Cause, blame: Blame, signature: str) -> None:
    """A known answer names its maker where the cause leaves that open; our own causes stay ours."""
    evidence = Evidence("acme", "made", None, (answer(400, b'{"detail":"Stream must be set to true"}'),))
    text = attribute(unobserved(cause, "so"), Verdict.UNPROVEN, evidence, CLAIM, frozenset())
    assert text is not None
    assert (text.blame, text.signature) == (blame, signature)


def test_the_deciding_exchange_shows_whose_fault_it_is() -> None:
    """Of many exchanges, the one that the finding names as its place shows whose fault it is."""
    page = replace(answer(502, b"<html><center>nginx</center></html>", kind="text/html"), step=2)
    evidence = Evidence("acme", "made", None, (answer(200), answer(400, b'{"detail":"no"}'), page))
    text = attribute(
        refused("request.refused", "one of three failed: {answer}", answer=page.summary).at(page.place),
        Verdict.CONTRADICTED,
        evidence,
        CLAIM,
        frozenset(),
    )
    assert text is not None
    assert text.signature == "nginx_no_answer"


def test_a_broken_connection_is_the_networks() -> None:
    """A connection that breaks on its way is held against nobody but the way."""
    decided = blamed(answer(None, b"", failure=failure(Cause.NETWORK, "the connection broke")))
    assert decided[0] is Blame.NETWORK


@given(status=st.integers(100, 599), body=st.binary(max_size=300), kind=st.sampled_from(["text/html", "x", ""]))
def test_no_answer_makes_it_fail(status: int, body: bytes, kind: str) -> None:
    """Whatever a server sends, looking for its maker never raises."""
    signature = signature_of(answer(status, body, kind=kind))
    assert signature is None or signature in SIGNATURES
    assert isinstance(unobserved(Cause.NETWORK, "x"), Unobserved)


def _seen(upstream: tuple[UpstreamExchange, ...], status: int = 500, *, unassigned: int = 0) -> Attribution | None:
    """Return whose doing a contradiction is where the upstream received and sent this."""
    asked = front(0, 0, 1, "square kalebo1234")
    exchange = replace(asked, attempts=(replace(asked.last, status=status, sha256="answer"),), relayed=True)
    evidence = Evidence("acme", "s", None, (replace(exchange, upstream=upstream, unassigned=unassigned),))
    finding = malformed("answer.fields", "wrong").at(exchange.place)
    return attribute(finding, Verdict.CONTRADICTED, evidence, CLAIM, frozenset())


def test_both_sides_show_whose_doing_it_is() -> None:
    """The same request and the same answer are the upstream's; another answer, or none, is the gateway's."""
    received = replace(behind(1, 0.1, "square kalebo1234"), status=500, sent="answer")
    assert _seen((received,)) == Attribution(Blame.UPSTREAM, BY_UPSTREAM)
    assert _seen((replace(received, status=200),)) == Attribution(Blame.GATEWAY, BY_GATEWAY)
    assert _seen(()) == Attribution(Blame.GATEWAY, BY_GATEWAY)


def test_a_changed_request_and_an_uncertain_one_show_nothing() -> None:
    """Then the answer itself decides, as from outside."""
    changed = replace(behind(1, 0.1, "another square"), status=500, sent="answer")
    assert _seen((changed,)) not in (Attribution(Blame.UPSTREAM, BY_UPSTREAM), Attribution(Blame.GATEWAY, BY_GATEWAY))
    assert _seen((), unassigned=1) != Attribution(Blame.GATEWAY, BY_GATEWAY)
