"""A host that answers no link, and the gateway that gives such links."""

from __future__ import annotations

from collections.abc import Mapping

from gateprobe.evidence import Evidence, Failure
from gateprobe.judge.dead_links import with_dead_links
from gateprobe.message import message
from gateprobe.model import Cause
from gateprobe.request import Auth, Request
from tests.support.evidence.playing import Answer, exchange

REFUSED = Answer(status=None, failure=Failure(Cause.NETWORK, message("connection refused")))
NO_ROUTE = Answer(status=None, failure=Failure(Cause.NETWORK, message("no route"), local=True))
STOPPED = Answer(status=None, failure=Failure(Cause.TIMEOUT, message("the answer stopped")))
PICTURE = Answer(b"png", content_type="image/png")


def fetched(answers: Mapping[str, Answer]) -> dict[str, Evidence]:
    """Return a capture with a scenario for each link."""
    links = [(Request("GET", link, auth=Auth.NONE), answer) for link, answer in answers.items()]
    return {
        f"s{number}": Evidence("tested", f"s{number}", None, (exchange(request, answer),))
        for number, (request, answer) in enumerate(links)
    }


def defects(answers: Mapping[str, Answer]) -> list[str]:
    """Return the sentences of the broken links among the exchanges."""
    captured = with_dead_links(fetched(answers))
    lasts = [exchange.last for evidence in captured.values() for exchange in evidence.exchanges]
    assert all(last.failure is None for last in lasts if last.defect is not None)
    return [str(last.defect) for last in lasts if last.defect is not None]


def test_a_host_that_answers_no_link_is_dead() -> None:
    """Two different links that fail make each of them a broken link, with the host and the number in the sentence."""
    told = defects({"http://cdn.example/a": REFUSED, "http://cdn.example/b": STOPPED})
    assert told[0] == "none of 2 links to cdn.example can be fetched: connection refused"
    assert len(told) == 2


def test_one_failure_is_an_obstacle() -> None:
    """One link in vain, or the same one twice, shows nothing of the gateway."""
    assert defects({"http://cdn.example/a": REFUSED}) == []
    assert defects({"http://cdn.example/a": REFUSED, "http://other.example/b": REFUSED}) == []


def test_a_host_that_answered_is_not_dead() -> None:
    """One picture from the same host, and its failures are trouble of the network."""
    assert defects({"http://c.example/a": REFUSED, "http://c.example/b": REFUSED, "http://c.example/c": PICTURE}) == []


def test_trouble_on_our_side_is_not_the_gateway_s() -> None:
    """A proxy that refuses, or a missing route, is never held against the vendor."""
    assert defects({"http://c.example/a": NO_ROUTE, "http://c.example/b": NO_ROUTE}) == []
