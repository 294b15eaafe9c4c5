"""What the probes of the Images endpoints share: refusals, pictures by link, counts of usage."""

from __future__ import annotations

import pytest

from gateprobe.build import generations
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, UnseenAnswerError
from gateprobe.model import Cause, Json, Observed, Seen
from gateprobe.request import Auth, Request
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import GATEWAY, Answer, exchange, lost, module, refusal

REQUEST = generations(GATEWAY, n=0)


def _judged(answer: Answer) -> tuple[Observed, str, str]:
    """Return what a request for 0 pictures that is answered so is judged as: the observation, the kind, the cause."""
    finding = module("support.images").judged_refusal(exchange(REQUEST, answer), "n = 0", option="n")
    if isinstance(finding, Seen):
        return finding.observed, finding.fault_kind, finding.option
    return finding.observed, "", finding.caused_by


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("too few", "n"), (Observed.HONOURED, "", "")),
        (refusal("no route", None, None, 404), (Observed.REFUSED, "surface.absent", "")),
        (Answer({"error": {"message": "too few"}}), (Observed.UNOBSERVED, "", "errors.not_in_200")),
        (Answer({"data": []}), (Observed.IGNORED, "option.invalid_accepted", "n")),
        (Answer(b"<html>"), (Observed.IGNORED, "option.invalid_accepted", "n")),
    ],
    ids=["refused", "absent", "under 200", "accepted", "unreadable"],
)
def test_a_request_that_must_be_refused(answer: Answer, expected: tuple[Observed, str, str]) -> None:
    """A refusal counts by its status; an error under 200 is another capability's fault; all else was accepted."""
    assert _judged(answer) == expected


def _linked(fetched: Answer | None) -> Evidence:
    link = "https://cdn.test/a.png"
    exchanges: tuple[Exchange, ...] = (exchange(generations(GATEWAY), Answer({"data": [{"url": link}]})),)
    if fetched is not None:
        exchanges += (exchange(Request("GET", link, auth=Auth.NONE), fetched, 1),)
    return Evidence("tested", "cheap_picture", None, exchanges)


@pytest.mark.parametrize(
    ("fetched", "step"),
    [
        (refusal("gone", status=404), 1),
        (refusal("no key", status=401), 1),
        (Answer(b"<html>down</html>", 503, "text/html"), 1),
        (Answer(b"<html>sign in</html>", content_type="text/html"), 1),
        (Answer({"data": []}), 1),
        (Answer(b"no picture", content_type="image/png"), 1),
        (Answer(status=302, headers={"location": "file:///etc/passwd"}), 1),
        (Answer(status=302, headers={"location": "https://cdn.test/a.png"}), 1),
    ],
    ids=["missing", "locked", "down", "page", "JSON", "no picture", "no address", "circle"],
)
def test_a_link_that_gives_no_picture(fetched: Answer, step: int) -> None:
    """Whatever came in its place, the kind is the broken link and the place the exchange that fetched it."""
    with pytest.raises(MalformedAnswerError) as caught:
        module("support.images").picture(_linked(fetched))
    place = caught.value.place
    assert (caught.value.fault_kind, place.step if place else None) == ("image.link_broken", step)


@pytest.mark.parametrize(
    ("fetched", "cause", "step"),
    [
        (None, Cause.PREREQUISITE, 0),
        (lost(), Cause.NETWORK, 1),
        (lost(Cause.TIMEOUT), Cause.TIMEOUT, 1),
        (refusal("slow down", status=429), Cause.THROTTLED, 1),
    ],
)
def test_a_picture_that_could_not_be_fetched(fetched: Answer | None, cause: Cause, step: int) -> None:
    """What kept us from the picture is an obstacle to what needs it, and to nothing else."""
    evidence = _linked(fetched)
    with pytest.raises(UnseenAnswerError) as caught:
        module("support.images").picture(evidence)
    assert (caught.value.failure.cause, caught.value.place.step) == (cause, step)
    assert module("support.images").number_of_pictures(evidence[0]) == 1


@pytest.mark.parametrize("url", ["/a.png", "![a](https://cdn.test/a.png)", "s3://bucket/a.png", "cdn.test/a.png"])
def test_a_url_that_is_no_address_is_a_broken_link(url: str) -> None:
    """A picture is there for the count, and its link is broken at the answer that gave it."""
    answer = exchange(generations(GATEWAY), Answer({"data": [{"url": url}]}))
    assert module("support.images").number_of_pictures(answer) == 1
    with pytest.raises(MalformedAnswerError) as caught:
        module("support.images").picture(Evidence("tested", "cheap_picture", None, (answer,)))
    assert (caught.value.fault_kind, caught.value.place) == ("image.link_broken", answer.place)


def test_an_error_in_place_of_a_picture_names_the_answer() -> None:
    """An error under status 200 is a fault of its own kind, at the answer that holds it."""
    answer = exchange(generations(GATEWAY), Answer({"error": {"message": "busy"}}))
    with pytest.raises(MalformedAnswerError, match="busy") as caught:
        module("support.images").picture(Evidence("tested", "cheap_picture", None, (answer,)))
    assert (caught.value.fault_kind, caught.value.place) == ("errors.in_200", answer.place)


@pytest.mark.parametrize("usage", [{}, {"input_tokens": None}, {"input_tokens": -1}, {"input_tokens": True}])
def test_a_count_of_usage_is_a_whole_number(usage: Json) -> None:
    """What is missing, negative or no whole number is missing usage."""
    with pytest.raises(MalformedAnswerError) as caught:
        module("support.images").number(usage, "input_tokens")
    assert caught.value.fault_kind == "usage.missing"
    assert module("support.images").number({"input_tokens": 0}, "input_tokens") == 0


def test_the_last_post_counts() -> None:
    """The answer that counts is the last request for pictures, not the link that was fetched after it."""
    evidence = _linked(honest(generations(GATEWAY)))
    assert module("support.images").answer(evidence) is evidence[0]
    assert module("support.images").posts(evidence) == (evidence[0],)
