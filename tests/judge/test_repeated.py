"""Obstacles that repeat: a steady, selective failure is the gateway's and is named; outages and throttles are not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from gateprobe.gateway import find, reference
from gateprobe.judge.judging import judge
from gateprobe.judge.repeated import repeated
from gateprobe.judge.repeated.refused import refused_forms
from gateprobe.library import probes
from gateprobe.model import Cause, Verdict
from gateprobe.plan.planning import Item
from gateprobe.request import FormBody, Transport
from tests.support.evidence.troubled import (
    Becomes,
    Sent,
    Trouble,
    broken_after_end,
    cut,
    lost,
    refused,
    status,
    troubled,
)

GATEWAY = replace(find("openai"), embedded=True)


def items_of(*names: str) -> Iterator[Item]:
    """Yield the items of some capabilities."""
    for probe in probes():
        if probe.capability in names:
            for value in probe.values_for(GATEWAY):
                yield Item(probe, GATEWAY, value)


def right(sent: Sent) -> bool:
    """Return whether a request is one that an honest gateway answers with success."""
    return sent.with_key and sent.is_post and sent.is_answered


def field(sent: Sent, name: str) -> object:
    """Return a field of a request, of its image tool, or of its form."""
    if isinstance(sent.request.body, FormBody):
        return next((part.data.decode() for part in sent.request.body.parts if part.name == name), None)
    body = sent.request.json
    if not isinstance(body, dict):
        return None
    tools = [tool for tool in body.get("tools", []) if isinstance(tool, dict)]
    return next((holder[name] for holder in (body, *tools) if name in holder), None)


def breaking_streams(sent: Sent) -> Becomes | None:
    """Break each stream after its end, those that are resumed among them."""
    is_resumed = sent.request.method == "GET" and sent.request.streams
    return broken_after_end if is_resumed or (right(sent) and sent.request.streams) else None


def when(
    becomes: Becomes, *, path: str = "", streams: bool | None = None, picture: bool | None = None, **options: object
) -> Trouble:
    """Return the trouble that each right request of a form over HTTP has."""

    def trouble(sent: Sent) -> Becomes | None:
        request = sent.request
        fits = right(sent) and request.path.startswith(path) and request.transport is Transport.HTTP
        fits = fits and (streams is None or request.streams is streams)
        fits = fits and (picture is None or bool(request.buys) is picture)
        fits = fits and all(
            field(sent, name) is not None and value in (..., field(sent, name)) for name, value in options.items()
        )
        return becomes if fits else None

    return trouble


def models_fail(sent: Sent) -> Becomes | None:
    """Answer the models list with 500."""
    return status(500) if sent.with_key and sent.request.path == "/models" else None


def beyond_ascii(sent: Sent) -> Becomes | None:
    """Answer each request with letters beyond ASCII with 500."""
    return status(500) if right(sent) and not sent.request.prompt.isascii() else None


def stored_fail(sent: Sent) -> Becomes | None:
    """Answer each request for a stored response with 502."""
    is_stored = sent.request.method == "GET" and sent.request.path.startswith("/responses/")
    return status(502) if sent.with_key and is_stored and sent.is_answered else None


def in_background(sent: Sent) -> Becomes | None:
    """Answer each request for a response in the background with 503."""
    return status(503) if right(sent) and field(sent, "background") is True else None


def slow_fail() -> Trouble:
    """Return the trouble of each third picture: it is slow, and 504 after 20 seconds."""
    turn = iter(range(1_000_000))

    def trouble(sent: Sent) -> Becomes | None:
        slow = right(sent) and sent.request.buys and next(turn) % 3 == 0
        return status(504, seconds=20.0 + sent.number % 5 / 10) if slow else None

    return trouble


def long_break(sent: Sent) -> Becomes | None:
    """Break answers off at a size."""
    return cut(30_000) if right(sent) and sent.length > 30_000 else None


def crowded(sent: Sent) -> Becomes | None:
    """Answer 503 while another is in progress."""
    return status(503) if right(sent) and sent.in_progress else None


def queued() -> Trouble:
    """Return the trouble of requests that wait half a second behind another."""
    ends: list[float] = []

    def trouble(sent: Sent) -> Becomes | None:
        if right(sent) and any(end >= sent.at + 0.5 for end in ends):
            return status(503, seconds=0.5)
        ends.append(sent.at + (1.5 if sent.is_post else 0.3))
        return None

    return trouble


def each(number: int, becomes: Becomes) -> Trouble:
    """Return the trouble of each so many right requests, by turns."""
    turn = iter(range(1_000_000))
    return lambda sent: becomes if right(sent) and next(turn) % number == 0 else None


@dataclass(frozen=True, slots=True)
class Selective:
    """A gateway that fails steadily in one form: what is contradicted, how, and words that name the form.

    A limit contradicts what reports on the requests that it hits, whichever these are.
    """

    trouble: Trouble
    capability: str
    kind: str
    words: str


NO_KEY = refused(403, "permission_error")

SELECTIVE = {
    "edits are 403": Selective(
        when(NO_KEY, path="/images/edits"),
        "images.edit",
        "request.form_fails",
        "requests to /images/edits end with HTTP 403",
    ),
    "edits are reset": Selective(
        when(lost(), path="/images/edits"),
        "images.edit",
        "request.form_fails",
        "requests to /images/edits lose their connection before an answer begins",
    ),
    "streams are 504 after 20 s": Selective(
        when(status(504, seconds=20.0), streams=True),
        "images.generate.stream",
        "request.option_fails",
        "streams (requests with stream: true) end with HTTP 504, after about 20 s;"
        " the same request without it is answered",
    ),
    "edits are 503 after a second, with Retry-After": Selective(
        when(status(503, seconds=1.0, retry_after="5"), path="/images/edits"),
        "images.edit",
        "request.form_fails",
        "requests to /images/edits end with HTTP 503",
    ),
    "streams break after 69 KB": Selective(
        when(cut(69_000), streams=True),
        "stream.terminal",
        "stream.cut",
        "streams (requests with stream: true) break after about 69 KB",
    ),
    "streams of pictures break": Selective(
        when(cut(40_000), streams=True, picture=True),
        "responses.image.stream",
        "stream.cut",
        "streams of a picture",
    ),
    "streams fall silent": Selective(
        when(cut(9_000, Cause.TIMEOUT, 300.0), streams=True),
        "stream.terminal",
        "stream.cut",
        "fall silent after about 9 KB",
    ),
    "streams end with a server error": Selective(
        when(
            status(
                200,
                b'event: error\ndata: {"type":"error","code":"server_error","message":"upstream died"}\n\n',
                content_type="text/event-stream",
            ),
            streams=True,
        ),
        "responses.text.stream",
        "request.option_fails",
        "end with an error of the server",
    ),
    "generations are 502": Selective(
        when(status(502), path="/images/generations"),
        "images.generate",
        "request.form_fails",
        "requests to /images/generations end with HTTP 502",
    ),
    "generations are not answered": Selective(
        when(lost(Cause.TIMEOUT, 300.0), path="/images/generations", streams=False),
        "images.generate",
        "request.form_fails",
        "requests without a stream to /images/generations get no answer within 300.0 s",
    ),
    "pictures of the tool fail without a stream": Selective(
        when(status(504, seconds=60.0), path="/responses", streams=False, picture=True),
        "responses.image.non_stream",
        "request.form_fails",
        "requests for a picture without a stream to /responses end with HTTP 504, after about 60 s",
    ),
    "texts are 401": Selective(
        when(refused(401, "invalid_api_key"), path="/responses", picture=False),
        "responses.text",
        "request.form_fails",
        "requests for a text to /responses end with HTTP 401",
    ),
    "texts are 500": Selective(
        when(status(500), path="/responses", picture=False, streams=False),
        "responses.text",
        "request.form_fails",
        "requests for a text without a stream to /responses end with HTTP 500",
    ),
    "the image model is 503": Selective(
        when(status(503), path="/images"),
        "images.generate",
        "request.option_fails",
        "requests with model: gpt-image-2 end with HTTP 503",
    ),
    "partial_images is reset": Selective(
        when(lost(), partial_images=...),
        "responses.image.partial_images",
        "request.option_fails",
        "requests with partial_images lose their connection",
    ),
    "output_format is 502": Selective(
        when(status(502), output_format=...),
        "images.generate.output_format",
        "request.option_fails",
        "requests with output_format end with HTTP 502",
    ),
    "moderation is 520": Selective(
        when(status(520), moderation=...),
        "responses.image.moderation",
        "request.option_fails",
        "requests with moderation end with HTTP 520",
    ),
    "the list of models is 500": Selective(
        models_fail, "models.list", "request.form_fails", "requests to /models end with HTTP 500"
    ),
    "texts beyond ASCII are 500": Selective(
        beyond_ascii,
        "responses.text.unicode",
        "request.option_fails",
        "3 of 3 requests with letters beyond ASCII end with HTTP 500",
    ),
    "what is stored is 502": Selective(
        stored_fail, "responses.retrieve", "request.form_fails", "requests to /responses/{id} (GET) end with HTTP 502"
    ),
    "responses in the background are 503": Selective(
        in_background,
        "responses.background",
        "request.option_fails",
        "requests with background: true end with HTTP 503",
    ),
    "streams of the Images API are 501": Selective(
        when(status(501), path="/images", streams=True),
        "images.edit.stream",
        "request.form_fails",
        "streams (requests with stream: true) to /images/* end with HTTP 501",
    ),
    "slow pictures are 504": Selective(slow_fail(), "", "limit.time", "requests fail after about 20."),
    "long answers break": Selective(long_break, "", "limit.size", "answers break after about 30 KB"),
    "more than one at once are 503": Selective(
        crowded, "", "limit.concurrency", "requests fail while 1 or more others are in progress"
    ),
    "a short queue": Selective(queued(), "", "limit.concurrency", "requests that wait about 0.5 s for others fail"),
    "the key is refused by turns": Selective(each(3, NO_KEY), "", "gateway.flaky", "flaky: "),
    "the wrong key is said by turns": Selective(
        each(2, refused(401, "invalid_api_key")), "", "gateway.flaky", "flaky: "
    ),
    "streams break after their end": Selective(
        breaking_streams,
        "stream.terminal",
        "stream.broken_after_end",
        "streams break after the terminal event",
    ),
}
"""Gateways with a steady, selective failure."""


TOO_MANY = refused(429, "rate_limit_exceeded", "requests")
NO_CREDIT = refused(429, "insufficient_quota", "insufficient_quota")
LATER = status(503, retry_after="30")


def down(first: int, last: int, becomes: Becomes) -> Trouble:
    """Return the trouble that whatever is asked has between two requests, by number."""
    return lambda sent: becomes if first <= sent.number <= last and sent.with_key else None


def at_random(share: float, becomes: Becomes, seed: int = 3) -> Trouble:
    """Return the trouble that a share of all requests has, by chance."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return lambda sent: becomes if sent.with_key and chance.random() < share else None


def after_edits(sent: Sent) -> Becomes | None:
    """Lose a connection three times in a row, whatever is asked."""
    return lost() if 60 <= sent.number <= 62 and right(sent) else None


def both(*troubles: Trouble) -> Trouble:
    """Return the first of several troubles that a request has."""
    return lambda sent: next((becomes for trouble in troubles if (becomes := trouble(sent)) is not None), None)


def pictures_down(sent: Sent) -> Becomes | None:
    """Answer pictures with 502 for some time, while texts are answered."""
    return status(502) if 45 <= sent.number <= 70 and right(sent) and sent.request.buys else None


OUTAGES: dict[str, Trouble] = {
    "503 all night": down(0, 999, status(503)),
    "502 all night, but for the models": lambda sent: status(502) if sent.with_key and sent.is_post else None,
    "503 from some time on": down(50, 999, status(503)),
    "502 until some time": down(0, 40, status(502)),
    "503 for a while": down(45, 60, status(503)),
    "504 after a minute for a while": down(40, 55, status(504, seconds=60.0)),
    "three statuses for a while": both(down(40, 44, status(502)), down(45, 50, status(503)), down(51, 56, status(504))),
    "two outages": both(down(30, 38, status(503)), down(70, 79, status(503))),
    "connections are lost for a while": down(48, 60, lost()),
    "nothing is answered for a while": down(48, 60, lost(Cause.TIMEOUT, 300.0)),
    "nothing is answered all night": down(0, 999, lost(Cause.TIMEOUT, 300.0)),
    "no connection from some time on": down(50, 999, lost(left=False)),
    "three in a row are lost": after_edits,
    "one hiccup": down(66, 66, status(502)),
    "a tenth is 502": at_random(0.1, status(502)),
    "a fifth is lost": at_random(0.2, lost()),
    "three in ten are 503": at_random(0.3, status(503)),
    "half is 503": at_random(0.5, status(503), 11),
    "pictures are 502 for a while": pictures_down,
    "pictures are throttled": when(TOO_MANY, picture=True),
    "streams are throttled": when(TOO_MANY, streams=True),
    "edits are 503 with Retry-After": when(LATER, path="/images/edits"),
    "no credit from some time on": down(50, 999, NO_CREDIT),
    "no credit for pictures": when(NO_CREDIT, picture=True),
    "the key is wrong": lambda sent: refused(401, "invalid_api_key") if sent.with_key else None,
    "the key is withdrawn": down(50, 999, refused(401, "invalid_api_key")),
    "403 for a while": down(48, 60, NO_KEY),
    "Cloudflare has no server for a while": down(45, 60, status(521)),
    "522 all night": down(0, 999, status(522, seconds=20.0)),
    "overloaded for a while": down(45, 60, refused(529, "overloaded", "overloaded_error")),
    "500 for a while": down(45, 62, refused(500, "internal", "server_error")),
    "408 for a while": down(45, 60, status(408, b"")),
    "a redirect to one page for a while": down(45, 60, status(302, b"", location="https://status.example/")),
    "a page with 200 for a while": down(45, 60, status(200, b"<html><title>Maintenance</title></html>")),
    "429 on a page": down(45, 70, status(429, b"<html><title>429 Too Many Requests</title></html>")),
    "answers are cut by chance": at_random(0.4, cut(200), 5),
    "no balance for pictures": when(
        status(403, {"error": {"message": "用户额度不足", "type": "one_api_error", "code": "insufficient_user_quota"}}),
        picture=True,
    ),
    "a daily limit of pictures": when(refused(403, "daily_limit_exceeded", "permission_error"), picture=True),
    "a bill that is not paid": down(50, 999, refused(400, "billing_hard_limit_reached", "invalid_request_error")),
    "an organisation that is not verified": when(
        status(403, {"error": {"message": "Your organization must be verified to use the model `gpt-image-2`."}}),
        path="/images",
    ),
}
"""Outages, throttles and quotas, of an honest gateway otherwise."""

WATCHED = (
    "responses.text",
    "responses.image.stream",
    "images.generate",
    "images.edit",
    "images.generate.stream",
    "images.generate.moderation",
    "stream.terminal",
    "stream.idle_gap",
    "errors.not_masked",
    "errors.missing_field",
    "errors.unknown_path",
    "errors.status",
    "errors.param_named",
    "auth.bogus_key_refused",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTAGES)
def test_an_outage_contradicts_nothing(name: str) -> None:
    """No form is blamed for an outage, a throttle or a quota, and no capability is contradicted."""
    captured = troubled(OUTAGES[name])
    assert [group.finding.reason for group in repeated(captured, GATEWAY)] == []
    records = [judge(item, reference(), captured) for item in items_of(*WATCHED)]
    assert [record.reason for record in records if record.verdict is Verdict.CONTRADICTED] == []


@pytest.mark.parametrize("name", SELECTIVE)
def test_a_form_that_always_fails_is_contradicted(name: str) -> None:
    """The capability of the form is contradicted, and the sentence names the form and the numbers."""
    gateway = SELECTIVE[name]
    captured = troubled(gateway.trouble)
    names = (gateway.capability,) if gateway.capability else repeated(captured, GATEWAY)[0].capabilities
    records = [judge(item, reference(), captured) for item in items_of(*names)]
    contradicted = [record for record in records if record.verdict is Verdict.CONTRADICTED]
    told = [(record.fault_kind, record.reason) for record in contradicted]
    fitting = [reason for kind, reason in told if kind == gateway.kind and gateway.words in reason]
    assert fitting, told or [(str(group.capabilities), group.finding.reason) for group in repeated(captured, GATEWAY)]
    counted = re.match(r"([0-9]+) of ([0-9]+) (?:streams|requests)", fitting[0])
    if gateway.kind.startswith(("request.", "stream.")):
        assert counted is not None
        assert counted[1] == counted[2]


def _refusing(when: Callable[[Sent], bool], words: str) -> Trouble:
    """Refuse the requests of a form with the right key."""

    def trouble(sent: Sent) -> Becomes | None:
        is_refused = sent.with_key and sent.is_post and sent.request.endpoint == "responses" and when(sent)
        return status(400, {"detail": words}) if is_refused else None

    return trouble


@pytest.mark.parametrize(
    ("trouble", "lead", "follow"),
    [
        (
            _refusing(lambda sent: isinstance(field(sent, "input"), str), "Input must be a list"),
            "responses.input.string",
            ("responses.text", "responses.image.non_stream"),
        ),
        (
            _refusing(lambda sent: not field(sent, "instructions"), "Instructions are required"),
            "responses.instructions_optional",
            ("responses.input.string", "responses.input.list", "responses.image.non_stream"),
        ),
        (
            _refusing(lambda sent: not field(sent, "stream"), "Stream must be set to true"),
            "responses.image.non_stream",
            ("responses.text", "responses.input.string", "responses.instructions_optional"),
        ),
    ],
    ids=["strings", "no instructions", "no stream"],
)
def test_a_form_that_is_always_refused_is_named_once(trouble: Trouble, lead: str, follow: tuple[str, ...]) -> None:
    """A form that is always refused is reported once, not for every capability that its requests test."""
    captured = troubled(trouble)
    contradicted = {judge(item, reference(), captured).verdict for item in items_of(lead)}
    assert Verdict.CONTRADICTED in contradicted
    others = [judge(item, reference(), captured) for item in items_of(*follow)]
    assert {record.verdict for record in others} <= {Verdict.UNPROVEN, Verdict.CONFIRMED}
    assert lead in {record.caused_by for record in others}


def test_the_option_that_refusals_name_leads() -> None:
    """Requests with several options are refused for one of them: its capability is contradicted, not the other's."""
    words = {"error": {"message": "Unknown parameter: 'quality'.", "type": "invalid_request_error"}}
    captured = troubled(when(status(400, words), quality=...))
    leads = {refused.form.path: refused.capability for refused in refused_forms(captured, GATEWAY)}
    assert leads["/images/generations"] == "images.generate.quality"


def large_pictures_fail(sent: Sent) -> Becomes | None:
    """Answer whole pictures with 502, except a small animation, as a limit on the size of answers does."""
    is_whole = right(sent) and sent.request.buys and not sent.request.streams
    return (
        status(502, "<html><title>502 Bad Gateway</title></html>")
        if is_whole and not field(sent, "frame_count")
        else None
    )


def test_a_small_picture_that_passes_excuses_nothing() -> None:
    """Whole pictures fail, except one that differs by an option: the form without that option is named."""
    captured = troubled(large_pictures_fail)
    (group,) = repeated(captured, GATEWAY)
    assert "images.generate" in group.capabilities
    assert "without a stream and without frame_count" in group.finding.reason


def tags_blocked(sent: Sent) -> Becomes | None:
    """Refuse texts with tags, as a web application firewall does."""
    is_blocked = right(sent) and "</" in str(field(sent, "input"))
    return status(403, "<html><title>403 Forbidden</title></html>") if is_blocked else None


def test_a_firewall_that_blocks_tags_is_found() -> None:
    """The key is right and other texts are answered, so a 403 to each text with tags does not concern the key."""
    captured = troubled(tags_blocked)
    (record,) = [judge(item, reference(), captured) for item in items_of("responses.text.unicode")]
    assert record.verdict is Verdict.CONTRADICTED, record.reason
    assert "requests with tags in the text" in record.reason
