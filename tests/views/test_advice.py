"""The safest way: only what was seen to work, the documented before the rest, silent failures first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.formats.advice import needs, reason, share, streaming
from gateprobe.gateway import Baseline, Gateway, ResponsesBaseline
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Observed, Source, Stance
from gateprobe.record.file import Record
from gateprobe.views.advice import Advice, Avoid, advise
from gateprobe.views.matrix import Cell
from tests.support.runs import ACME, a_record

_IMAGES, _STREAM, _PLAIN = "images.generate", "responses.image.stream", "responses.image.non_stream"


def _claims(**stances: Stance) -> Gateway:
    """Return a gateway whose documents say this of `images`, `stream`, `plain`."""
    names = {"images": _IMAGES, "stream": _STREAM, "plain": _PLAIN}
    source = (Source("guide", "The guide", "2026", "So it says."),)
    model = ACME.claims["models.list"]
    claims = {
        names[key]: replace(model, capability=names[key], stance=stance, sources=source)
        for key, stance in stances.items()
    }
    return replace(ACME, claims=claims)


def _advice(gateway: Gateway, *records: Record) -> Advice:
    cells = (
        Cell(gateway.name, item, gateway.claim(item.id), tuple(r for r in records if r.capability == item.id))
        for item in catalogue().by_id.values()
    )
    return advise(gateway, cells)


def _seen(gateway: Gateway, capability: str, observed: Observed) -> Record:
    cause = Cause.TIMEOUT if observed is Observed.UNOBSERVED else None
    return a_record(gateway, capability, observed, f"{capability} was {observed}", cause=cause)


def test_a_documented_way_comes_before_a_simpler_one() -> None:
    """A stream that the documents offer is safer than an endpoint that they do not mention."""
    gateway = _claims(stream=Stance.OFFERED)
    records = [_seen(gateway, name, Observed.HONOURED) for name in (_IMAGES, _STREAM)]
    best = _advice(gateway, *records).best
    assert best is not None
    assert best.capability == _STREAM


def test_broken_streams_send_one_elsewhere() -> None:
    """Where a must of the stream family is contradicted, a plain answer is safer."""
    gateway = _claims(stream=Stance.OFFERED, plain=Stance.OFFERED)
    order = replace(_seen(ACME, "models.list", Observed.IGNORED), capability="stream.order")
    records = [_seen(gateway, name, Observed.HONOURED) for name in (_STREAM, _PLAIN)]
    advice = _advice(gateway, *records, order)
    assert advice.best is not None
    assert (advice.best.capability, advice.broken_streams) == (_PLAIN, ("stream.order",))


@pytest.mark.parametrize("observed", [Observed.REFUSED, Observed.IGNORED, Observed.MALFORMED, Observed.UNOBSERVED])
def test_nothing_is_recommended_that_did_not_work(observed: Observed) -> None:
    """Without a way that drew, there is no advice but that."""
    gateway = _claims(images=Stance.OFFERED)
    assert _advice(gateway, _seen(gateway, _IMAGES, observed)).best is None


def test_one_failed_value_is_enough() -> None:
    """A way that drew once and failed once is not called working."""
    gateway = _claims(images=Stance.OFFERED)
    records = [_seen(gateway, _IMAGES, item) for item in (Observed.HONOURED, Observed.MALFORMED)]
    tried = _advice(gateway, *records).tried[0]
    assert (tried.works, reason(tried)) == (False, "images.generate was malformed")


def test_an_outage_is_not_a_failure() -> None:
    """A way that could not be observed is not known, and not said to fail."""
    gateway = _claims(images=Stance.OFFERED)
    assert _advice(gateway, _seen(gateway, _IMAGES, Observed.UNOBSERVED)).tried[0].works is None


def test_what_fails_in_silence_is_warned_of_first() -> None:
    """Accepted and not done comes before documented as ignored, and that before refused."""
    records = [
        _seen(ACME, "images.generate.n", Observed.REFUSED),
        _seen(ACME, "responses.previous_response_id", Observed.IGNORED),
        _seen(ACME, "images.generate.size", Observed.IGNORED),
        _seen(ACME, "images.generate.quality", Observed.HONOURED),
    ]
    assert [(caution.capability, caution.kind) for caution in _advice(ACME, *records).cautions] == [
        ("images.generate.size", "unpromised"),
        ("responses.previous_response_id", "documented"),
        ("images.generate.n", "broken"),
    ]


def test_what_a_request_needs_is_said() -> None:
    """A documented baseline is part of the advice for the way that it belongs to, and of no other."""
    wants = Baseline(responses=ResponsesBaseline(instructions="Draw.", input="list"), headers={"x-plan": "a"})
    for name, way in (("stream", _STREAM), ("images", _IMAGES)):
        gateway = replace(_claims(**{name: Stance.OFFERED}), baseline=wants)
        requirements = _advice(gateway, _seen(gateway, way, Observed.HONOURED)).requirements
        assert (
            needs(requirements)
            == {
                "stream": ["send instructions", "send the input as a list of messages", "send the headers x-plan"],
                "images": ["send the headers x-plan"],
            }[name]
        )


def test_what_to_avoid_is_a_field_of_the_best_way() -> None:
    """A field that was not done for every value is named with its share; one of another endpoint is not."""
    gateway = _claims(images=Stance.OFFERED)
    records = [
        _seen(gateway, _IMAGES, Observed.HONOURED),
        replace(_seen(gateway, "images.generate.n", Observed.HONOURED), value=1),
        replace(_seen(gateway, "images.generate.n", Observed.IGNORED), value=2),
        _seen(gateway, "responses.image.size", Observed.IGNORED),
        _seen(gateway, "images.generate.size_invalid_refused", Observed.IGNORED),
    ]
    assert _advice(gateway, *records).avoid == (Avoid("n", "images.generate.n", 1, 2),)
    assert share(Avoid("n", "images.generate.n", 1, 2)) == "done in 1 of 2 tests"


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        ({_STREAM: Observed.HONOURED}, "yes: this way streams"),
        ({_IMAGES: Observed.HONOURED}, "not known: no stream was seen to draw"),
        ({_IMAGES: Observed.HONOURED, _STREAM: Observed.HONOURED}, "not needed: a streamed picture came as well"),
        ({_IMAGES: Observed.HONOURED, _STREAM: Observed.MALFORMED}, "no: not every streamed picture came"),
        (
            {_IMAGES: Observed.HONOURED, "images.generate.stream": Observed.REFUSED, _STREAM: Observed.HONOURED},
            "only by POST /responses: not every other streamed picture came",
        ),
    ],
)
def test_whether_to_stream_is_said(seen: dict[str, Observed], sentence: str) -> None:
    """The advice says whether to stream, and by what."""
    gateway = _claims(images=Stance.OFFERED)
    records = (_seen(gateway, name, observed) for name, observed in seen.items())
    assert streaming(_advice(gateway, *records)) == sentence
