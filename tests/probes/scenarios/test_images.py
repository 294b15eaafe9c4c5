"""Scenarios of the Images endpoints: what they send, what they buy, and what stops them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from gateprobe.evidence import Evidence, Exchange
from gateprobe.image import Certainty, open_picture, same_picture
from gateprobe.model import Cause, Json, Observed
from gateprobe.plan.sizes import ILLEGAL_EDGES, Limit, Size
from gateprobe.request import Auth, FormBody, JsonBody, RawBody, Request
from gateprobe.scenario import SCENARIOS, ScenarioRun
from tests.probes.images.honest_gateways import OFOX
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Honest
from tests.support.evidence.painter import honest, linking
from tests.support.evidence.playing import Answer, Gives, judged, lost, module, offering, played, refusal
from tests.support.evidence.playing import exchange as answered

pytestmark = pytest.mark.slow

FREE = ("size_refused~512x512", "missing_field", "broken_json", "mask_without_alpha", "edit_without_picture")
BOUGHT: dict[str, Json] = {
    "cheap_picture": None,
    "bare_picture": None,
    "several_pictures": 2,
    "most_pictures": 4,
    "picture_of_size": "1024x1536",
    "larger_picture": "auto",
    "size_by_rule": "1536x512",
    "largest_picture": None,
    "picture_of_format": "jpeg",
    "compressed_pictures": "jpeg",
    "picture_of_quality": "high",
    "options_together": None,
    "streamed_picture": None,
    "streamed_partials": 3,
    "long_prompt": None,
    "parallel_pictures": None,
    "edited_picture": None,
    "four_pictures": None,
    "masked_edit": None,
    "several_edits": None,
    "edit_of_size": "1536x1024",
    "edit_of_format": "webp",
    "streamed_edit": None,
    "edit_as_json": None,
}


@pytest.mark.parametrize("name", BOUGHT)
def test_a_scenario_buys_what_it_says(name: str) -> None:
    """The pictures that the plan counts are those that the requests pay for, at the same sizes and qualities."""
    scenario_run = ScenarioRun(SCENARIOS[name], BOUGHT[name])
    sent = [exchange.request for exchange in played(name, honest, BOUGHT[name]).exchanges]
    paid = [buy for request in sent for buy in request.buys]
    assert sum(buy.n for buy in paid) == scenario_run.images
    assert {(buy.size, buy.quality) for buy in paid} == {(buy.size, buy.quality) for buy in scenario_run.buys}
    assert len(sent) == scenario_run.scenario.requests


@pytest.mark.parametrize("scenario", FREE)
def test_what_is_refused_is_free(scenario: str) -> None:
    """A scenario that is meant to be refused plans no picture, and is refused."""
    name, _, value = scenario.partition("~")
    evidence = played(name, honest, value or None)
    assert ScenarioRun(SCENARIOS[name], value or None).images == 0
    assert [exchange.status for exchange in evidence.exchanges] == [400]


def test_links_are_followed_without_a_key() -> None:
    """A gateway that answers with links is asked for each of them, and the pictures count."""
    evidence = played("several_pictures", linking, 2, OFOX)
    assert [(exchange.request.method, exchange.request.auth) for exchange in evidence.exchanges] == [
        ("POST", Auth.KEY),
        ("GET", Auth.NONE),
        ("GET", Auth.NONE),
    ]
    record = judged("n_is_honoured", linking, value=2, gateway=OFOX)
    assert (record.observed, record.reason) == (Observed.HONOURED, "asked for 2 pictures, received 2")


def test_options_are_asked_for_alone_only_where_all_at_once_fail() -> None:
    """One picture proves three options; a gateway that refuses one of them is asked for each."""
    refusing = [
        exchange.request.note
        for exchange in played(
            "options_together",
            lambda request: refusal("no", "moderation") if "moderation" in request.json else honest(request),
        ).exchanges
    ]
    assert len(played("options_together", honest).exchanges) == 1
    assert refusing == ["all at once", "the prompt alone", "the quality alone", "the moderation alone"]


def _aged(exchange: Exchange, hours: float) -> Exchange:
    began = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    return replace(exchange, attempts=(replace(exchange.last, started_at=began),))


@pytest.mark.parametrize(("hours", "links"), [(0.0, 1), (0.9, 1), (1.1, 2)])
def test_a_link_is_fetched_again_once_its_hour_is_over(hours: float, links: int) -> None:
    """A run that is resumed after the documented time asks for the link once more, and no sooner."""
    exchanges = played("picture_as_link", linking, "drawn", OFOX).exchanges
    steps = ScenarioRun(SCENARIOS["picture_as_link"], "drawn").start(OFOX)
    asked = next(steps)
    sent = [asked]
    for exchange in (_aged(exchanges[0], hours), exchanges[1], exchanges[1]):
        try:
            sent.append(steps.send(exchange))
        except StopIteration:
            break
    assert [request.method for request in sent if isinstance(request, Request)] == ["POST", *["GET"] * links]


def _expired(request: Request) -> Answer:
    return refusal("This link has expired.", None, None, 404) if "://" in request.path else linking(request)


@pytest.mark.parametrize(("gives", "observed"), [(_expired, Observed.HONOURED), (linking, Observed.IGNORED)])
def test_what_became_of_a_link_is_judged_by_its_last_fetch(
    gives: Gives, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that is gone after its time is honoured, one that still gives the picture is not; other probes stay."""
    monkeypatch.setattr(module("scenarios.images"), "age", lambda _exchange: 4000.0)
    assert judged("link_expires", gives, value="drawn", gateway=OFOX).observed is observed
    assert judged("address_comes_when_asked_for", gives, value="drawn", gateway=OFOX).observed is Observed.HONOURED


def test_an_expired_link_is_judged_by_a_later_run() -> None:
    """Until then nothing was observed, and a run is complete without it."""
    first = judged("link_expires", linking, value="drawn", gateway=OFOX)
    assert (first.observed, first.cause, first.optional) == (Observed.UNOBSERVED, Cause.PREREQUISITE, True)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refusal("Slow down.", None, "rate_limit_exceeded", 429), Cause.THROTTLED),
        (refusal("Key?", None, "invalid_api_key", 401), Cause.AUTH),
        (refusal("Safety system.", None, "moderation_blocked"), Cause.POLICY),
        (refusal("Busy.", None, "server_error", 503), Cause.UPSTREAM),
        (refusal("No money.", None, "insufficient_quota", 429), Cause.QUOTA),
        (lost(), Cause.NETWORK),
        (lost(Cause.TIMEOUT, "no answer within 200 s"), Cause.TIMEOUT),
    ],
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_is_honoured", 2),
        ("invalid_size_is_refused", "512x512"),
        ("picture_is_edited", None),
        ("mask_is_kept_to", None),
    ],
)
def test_what_is_not_the_gateways_doing_is_not_held_against_it(
    answer: Answer, cause: Cause, name: str, value: Json
) -> None:
    """Throttling, keys, policy, outages and lost connections are causes, never faults and never green."""
    record = judged(name, bad.always(answer), value=value)
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, cause)


def test_a_failure_s_bill_is_never_seen() -> None:
    """What a failure cost is listed as what nobody outside can see, whatever came."""
    for gives in (honest, bad.always(lost())):
        record = judged("failure_costs_nothing", gives, also=("cheap_picture",))
        assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.UNOBSERVABLE)


def test_a_size_that_only_its_document_lacks_is_not_asked() -> None:
    """The sizes that are asked for are those of the documents; `auto` only where it is documented."""
    probes = module("images.sizes")
    three = offering({"images.generate.size": ("1024x1024", "1536x1024", "1024x1536")})
    assert probes._usual(three) == ("1536x1024", "1024x1536")
    assert probes._larger(three) == ()
    assert probes._larger(offering({"images.generate.size": ("1024x1024", "3840x2160", "auto")})) == (
        "3840x2160",
        "auto",
    )


def test_pictures_are_what_their_docstrings_say() -> None:
    """The pictures that are sent have the formats, sizes, colours and alpha that the probes measure against."""
    made = module("support.pictures")
    square, squares, mask = (open_picture(data) for data in (made.square(), made.squares(), made.mask()))
    assert (square.size, square.share("yellow", (0, 0, 1, 0.15)), square.share("red", (0.35, 0.35, 0.65, 0.65))) == (
        "1024x1024",
        1.0,
        1.0,
    )
    quarters = [squares.share("red", (x, y, x + 0.5, y + 0.5)) for x in (0, 0.5) for y in (0, 0.5)]
    assert quarters == [0.5625] * 4
    assert same_picture(squares, square) is Certainty.NO
    assert (mask.clear, open_picture(made.mask(512)).size) == (0.25, "512x512")
    assert open_picture(made.mask_without_alpha()).transparent is Certainty.NO
    assert [open_picture(made.solid(colour)).share(colour) for colour in made.COLOURS] == [1.0] * 4
    assert len(made.large()) > 20_000_000
    assert hashlib.sha256(made.square()).hexdigest() == square.sha256


MISTAKES = [
    (Request("GET", "/models"), None),
    (Request("GET", "/models", auth=Auth.BOGUS), (401, 403)),
    (Request("GET", "http://127.0.0.1:9/pictures/1.png", auth=Auth.NONE), None),
    (Request("OPTIONS", "/images/generations", auth=Auth.NONE), None),
    (Request("GET", "/gateprobe-no-such-path"), (404,)),
    (Request("POST", "/images/generations", RawBody(b"{", "application/json")), (400, 422)),
    (Request("POST", "/images/generations", JsonBody({"prompt": "x"})), None),
    (Request("POST", "/images/generations", JsonBody({"prompt": "x", "size": "auto"})), None),
    (Request("POST", "/images/generations", JsonBody({"prompt": "x", "size": "512x512"})), (400, 422)),
    (Request("POST", "/images/generations", JsonBody({"prompt": "x", "n": 0})), (400, 422)),
    (Request("POST", "/images/generations", JsonBody({"prompt": "x", "n": 10})), None),
    (Request("POST", "/images/generations", JsonBody({})), (400, 422)),
    (Request("POST", "/images/edits", FormBody(())), (400, 422)),
    (Request("POST", "/responses", JsonBody({"tools": [{"type": "image_generation", "size": "x"}]})), (400, 422)),
    (Request("POST", "/responses", JsonBody({"input": "x"})), None),
    (Request("POST", "/responses", JsonBody({"model": "gateprobe-no-such-model"})), (400, 404, 422)),
]


@pytest.mark.parametrize(("request_", "statuses"), MISTAKES)
def test_a_mistake_is_read_off_its_request(request_: Request, statuses: tuple[int, ...] | None) -> None:
    """What is wrong with a request on purpose is known with its statuses; a request in order has none."""
    mistake = module("support.mistakes").mistake_in(request_)
    assert (mistake.statuses if mistake else None) == statuses


def test_only_openais_refusal_is_expected_without_a_document() -> None:
    """Where no document offers a form of answer, a refusal is expected, and no picture is planned."""
    assert Honest().gateway.claim("images.generate.response_format_url").values == ()
    expected = module("scenarios.images").as_documented
    assert expected(Honest().gateway, "images.generate.response_format_url") == ("refused",)
    assert expected(OFOX, "images.generate.response_format_url") == ("drawn",)
    assert ScenarioRun(SCENARIOS["picture_as_link"], "refused").images == 0


def _without(limit: Limit, least: int) -> Gives:
    """Draw sizes that break a limit and have an edge of at least so many pixels; refuse all others outside the rule."""

    def gives(request: Request) -> Answer:
        size = Size.read(str(request.json["size"]))
        wrong = size is not None and size.broken == (limit,) and max(size.width, size.height) >= least
        return bad.asking(size="1024x1024")(request) if wrong else honest(request)

    return gives


def _sizes(evidence: Evidence) -> list[str]:
    return [str(exchange.request.json["size"]) for exchange in evidence.exchanges]


LONG: Final = _without(Limit.LONGEST, 3872)
SEED: Final = 6
"""A seed that draws a size with a long edge."""


def test_a_fault_of_some_sizes_is_found_and_shrunk() -> None:
    """A size that only some requests show is searched for the smallest, which the finding names with the seed."""
    evidence = played("sizes_against_rule", LONG, seed=SEED)
    accepted = [str(exchange.request.json["size"]) for exchange in evidence.exchanges if exchange.ok]
    assert accepted[-1] == "1296x3872"
    assert len(accepted) > 1
    record = judged("size_outside_rule_is_refused", LONG, seed=SEED)
    assert (record.observed, record.fault_kind, record.scope.option) == (
        Observed.IGNORED,
        "option.invalid_accepted",
        "size",
    )
    assert f"the size 1296x3872, drawn from seed {SEED} (the rule says: the longest edge" in record.reason


def test_a_refused_size_within_the_rule_is_found_and_shrunk() -> None:
    """Of the sizes within the rule that are refused, the smallest found is named; no more pictures are bought."""

    def narrow(request: Request) -> Answer:
        size = Size.read(str(request.json["size"]))
        return refusal("too wide", "size") if size is not None and size.width > 700 else honest(request)

    evidence = played("sizes_within_rule", narrow, seed=2)
    assert sum(exchange.ok for exchange in evidence.exchanges) <= ScenarioRun(SCENARIOS["sizes_within_rule"]).images
    record = judged("drawn_size_within_rule_is_honoured", narrow, seed=2)
    assert (record.observed, record.fault_kind) == (Observed.REFUSED, "option.refused")
    assert "the size 704x944, drawn from seed 2, was refused" in record.reason


def test_the_seed_decides_what_is_asked() -> None:
    """The same seed asks for the same sizes and odd values, another seed for others."""
    for name in ("sizes_against_rule", "sizes_within_rule", "odd_inputs"):
        first, again, other = (
            [exchange.request for exchange in played(name, honest, seed=seed).exchanges] for seed in (1, 1, 2)
        )
        assert first == again
        assert first != other


def test_the_sizes_on_the_limits_come_first() -> None:
    """What misses the rule narrowly is asked whatever the seed; one that is accepted is small enough."""
    assert _sizes(played("sizes_against_rule", honest, seed=3))[:5] == list(ILLEGAL_EDGES)
    assert _sizes(played("sizes_against_rule", bad.asking(size="1024x1024"), seed=3)) == [ILLEGAL_EDGES[0]]


@pytest.mark.parametrize("name", ["sizes_against_rule", "odd_inputs"])
def test_an_obstacle_ends_the_search(name: str) -> None:
    """Where the gateway throttles, no further example is asked for."""
    throttled = refusal("Slow down.", None, "rate_limit_exceeded", 429)

    def gives(request: Request) -> Answer:
        return throttled if request.note else honest(request)

    assert sum(bool(exchange.request.note) for exchange in played(name, gives).exchanges) == 1


def test_what_was_found_outranks_an_obstacle() -> None:
    """A size that was accepted is judged, whatever became of the requests that were to make it smaller."""

    class Ailing:
        """Draws the first size with a long edge, then fails."""

        drawn = False

        def __call__(self, request: Request) -> Answer:
            if self.drawn:
                return lost()
            answer = LONG(request)
            self.drawn = answer.status == 200
            return answer

    record = judged("size_outside_rule_is_refused", Ailing(), seed=SEED)
    assert record.observed is Observed.IGNORED


@pytest.mark.parametrize("name", ["sizes_within_rule", "odd_inputs"])
def test_an_answer_to_other_values_ends_the_search(name: str) -> None:
    """Where a stored run drew otherwise, as another release may, nothing is concluded from it and nothing is sent."""
    scenario_run = ScenarioRun(SCENARIOS[name])
    steps = scenario_run.start(Honest().gateway, 1)
    request = next(steps)
    assert isinstance(request, Request)
    with pytest.raises(StopIteration):
        steps.send(answered(request.with_(body=JsonBody({"size": "16x16"})), honest(request)))
