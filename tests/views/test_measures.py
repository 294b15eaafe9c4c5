"""Times, tokens and prices out of the evidence: only like with like, and never without a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.gateway import Prices
from gateprobe.store import folder as store
from gateprobe.views.measures import Measures, Spread, measure
from tests.support.runs import ACME


def test_a_streamed_picture_is_measured(run_folder: Path) -> None:
    """First event, first partial and whole picture come from the one stream that bought a cheapest picture."""
    measures = measure(ACME, store.read(run_folder, "acme"))
    assert (measures.first_event, measures.first_partial, measures.whole) == (
        Spread((100.0,)),
        Spread((300.0,)),
        Spread((505.0,)),
    )


def test_what_needed_a_second_attempt_is_not_measured(run_folder: Path) -> None:
    """A picture that came after a 503 says nothing of the time that one takes."""
    evidence = store.read(run_folder, "acme")
    assert measure(ACME, {"edit": evidence["edit"]}).whole.count == 0


def test_without_a_sample_there_is_no_number() -> None:
    """Nothing measured is nothing said."""
    spread = measure(ACME, {}).whole
    assert (spread.median, spread.ends, spread.count) == (None, None, 0)


@pytest.mark.parametrize(("samples", "median"), [((1.0,), 1.0), ((1.0, 3.0), 2.0), ((1.0, 2.0, 9.0), 2.0)])
def test_the_median(samples: tuple[float, ...], median: float) -> None:
    """A spread is its median and its ends."""
    assert (Spread(samples).median, Spread(samples).ends) == (median, (samples[0], samples[-1]))


def test_a_price_is_the_documented_one() -> None:
    """The price is that of one picture at low quality in 1024x1024, as documented."""
    gateway = replace(ACME, prices=Prices("guide", {"low": {"1024x1024": 0.006}}))
    assert measure(gateway, {}).price == 0.006


def _streamed(run_folder: Path, change: Callable[[bytes], bytes]) -> Measures:
    streamed = store.read(run_folder, "acme")["stream_image"]
    exchange = streamed.exchanges[0]
    body = change(exchange.body)
    changed = replace(exchange, read=lambda _: body)
    return measure(ACME, {"stream_image": replace(streamed, exchanges=(changed,))})


def test_a_partial_picture_that_is_the_final_one_is_no_first_partial(run_folder: Path) -> None:
    """A stream that sends the final picture twice previews nothing: it is counted, and gives no time."""

    def twice(body: bytes) -> bytes:
        match = re.search(rb'"result":"([^"]+)"', body)
        return re.sub(rb'(?<="partial_image_b64":")[^"]+', match[1] if match else b"", body)

    measures = _streamed(run_folder, twice)
    assert (measures.first_partial.count, measures.not_partial, measures.first_event.count) == (0, 1, 1)
    assert measure(ACME, store.read(run_folder, "acme")).not_partial == 0


def test_a_stream_without_its_end_times_no_whole_picture(run_folder: Path) -> None:
    """How long a whole picture takes is not told by a stream that never completed."""
    assert _streamed(run_folder, lambda body: body[: body.index(b"event: response.completed")]).whole.count == 0
