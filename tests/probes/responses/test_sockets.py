"""Several responses on one WebSocket: lanes, a warm-up, and steering, broken in one place each."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest

from gateprobe.evidence import Exchange
from gateprobe.model import Json, Observed
from tests.support.evidence.evidence_builders import (
    REMOVED,
    Change,
    broken,
    each,
    everywhere,
    honest,
    record_of,
    with_messages,
)
from tests.support.evidence.faulty import only

MODULES: Final = frozenset({"responses.lanes", "responses.steering", "responses.warm_up"})
STEERED: Final = "running_response_is_steered"
LANES: Final = "lanes_are_kept_apart"
FAILED: Final = "response.steer.failed"


def dropping(*kinds: str) -> Change:
    """Make a change that loses messages of some types."""
    return lambda exchange: with_messages(
        exchange, [message for message in exchange.messages if message["type"] not in kinds]
    )


def ending_with(*events: dict[str, Json], after: str = "response.incomplete") -> Change:
    """Make a change that ends an answer in other messages, after the first of a type."""

    def change(exchange: Exchange) -> Exchange:
        messages = list(exchange.messages)
        place = next((at for at, message in enumerate(messages) if message["type"] == after), len(messages) - 1)
        return with_messages(exchange, [*messages[: place + 1], *events])

    return change


def failed(code: str) -> dict[str, Json]:
    """Return the event that refuses steering."""
    return {
        "type": FAILED,
        "sequence_number": 9,
        "error": {"type": "invalid_request_error", "code": code, "message": "No."},
    }


def error(kind: str, code: str, status: int) -> dict[str, Json]:
    """Return an error event."""
    return {"type": "error", "status": status, "error": {"type": kind, "code": code, "message": "No.", "param": None}}


def swapped(exchange: Exchange) -> Exchange:
    """Put every event on the other lane."""
    other = {"lane-a": "lane-b", "lane-b": "lane-a"}
    return with_messages(
        exchange, [{**message, "stream_id": other[message["stream_id"]]} for message in exchange.messages]
    )


def counted() -> Change:
    """Make a change that numbers the events of all lanes together."""
    return lambda exchange: with_messages(
        exchange, [{**message, "sequence_number": at} for at, message in enumerate(exchange.messages)]
    )


def with_gaps(exchange: Exchange) -> Exchange:
    """Return an answer whose responses number their events in steps of two."""
    return with_messages(
        exchange,
        [{**message, "sequence_number": message["sequence_number"] * 2} for message in exchange.messages],
    )


def misheard(exchange: Exchange) -> Exchange:
    """Make the successor say another word, in its deltas and at its end."""
    said = (orjson.dumps(message).replace(b'"mang', b'"tang') for message in exchange.messages)
    return with_messages(exchange, map(orjson.loads, said))


def _detached(message: dict[str, Any]) -> None:
    if isinstance(message.get("response"), dict) and message["response"].get("previous_response_id"):
        message["response"]["previous_response_id"] = "resp_other"


@pytest.mark.parametrize(
    ("probe", "change", "observed", "kind"),
    [
        (LANES, everywhere("stream_id", REMOVED), Observed.IGNORED, "option.ignored"),
        (LANES, everywhere("stream_id", "1"), Observed.IGNORED, "option.ignored"),
        (LANES, only("two lanes", swapped), Observed.MALFORMED, "stream.lanes_mixed"),
        (LANES, only("two lanes", counted()), Observed.MALFORMED, "stream.sequence_numbers"),
        (LANES, only("two lanes", dropping("response.created")), Observed.MALFORMED, "stream.order_broken"),
        ("warm_up_generates_nothing", everywhere("status", "in_progress"), Observed.MALFORMED, "answer.status_wrong"),
        ("warm_up_is_continued", only("ask", everywhere("text", "No.")), Observed.IGNORED, "state.context_lost"),
        (STEERED, dropping("response.steer.accepted"), Observed.IGNORED, "steer.lost"),
        (STEERED, ending_with(), Observed.IGNORED, "steer.lost"),
        (STEERED, everywhere("previous_response_id", None), Observed.MALFORMED, "answer.fields"),
        (STEERED, each(_detached), Observed.MALFORMED, "steer.lost"),
        (STEERED, misheard, Observed.IGNORED, "steer.lost"),
        (STEERED, ending_with(failed("steering_not_supported")), Observed.REFUSED, "option.refused"),
        (
            STEERED,
            ending_with(error("invalid_request_error", "invalid_value", 400)),
            Observed.REFUSED,
            "option.refused",
        ),
    ],
)
def test_what_is_wrong_is_found(probe: str, change: Change, observed: Observed, kind: str) -> None:
    """Each with its own fault kind."""
    record = record_of(probe, broken(honest(modules=MODULES), change))
    assert (record.observed, record.fault_kind) == (observed, kind), record.reason


def _nameless(message: dict[str, Any]) -> None:
    if isinstance(message.get("response"), dict):
        message["response"].pop("previous_response_id", None)


@pytest.mark.parametrize(("probe", "change"), [(LANES, with_gaps), (STEERED, each(_nameless))])
def test_what_is_optional_is_not_missed(probe: str, change: Change) -> None:
    """Gaps in the numbers of a response, and a successor that does not name its predecessor."""
    assert record_of(probe, broken(honest(modules=MODULES), change)).observed is Observed.HONOURED


@pytest.mark.parametrize("probe", [LANES, STEERED, "warm_up_generates_nothing", "warm_up_is_continued"])
def test_the_persona_does_it_right(probe: str) -> None:
    """Nothing is wrong with two lanes, two turns on one, a warm-up and a successor."""
    assert record_of(probe, honest(modules=MODULES)).observed is Observed.HONOURED


@pytest.mark.parametrize(
    "change",
    [
        ending_with(failed("response_already_completed")),
        ending_with(
            {
                "type": "response.steer.pending",
                "sequence_number": 9,
                "steer": {"id": "steer_1", "previous_response_id": "resp_1"},
                "reason": "waiting_for_required_input",
                "required_input": [],
            }
        ),
        ending_with(error("rate_limit_error", "rate_limit_exceeded", 429)),
        dropping("response.output_text.delta"),
    ],
    ids=["too late", "pending", "rate limit", "no deltas"],
)
def test_what_says_nothing_about_steering(change: Change) -> None:
    """Steering that came too late, waits, or met a limit is no fault; without deltas, none was sent."""
    record = record_of(STEERED, broken(honest(modules=MODULES), change))
    assert record.observed is Observed.UNOBSERVED, record.reason


def test_items_may_be_named_alike_on_each_lane() -> None:
    """Only a response's own id tells which lane it belongs to, where items are numbered in each response."""

    def numbered(message: dict[str, Any]) -> None:
        for name in ("item", "response"):
            for item in (
                [message.get(name), *(message.get(name) or {}).get("output", [])]
                if name == "response"
                else [message.get(name)]
            ):
                if isinstance(item, dict) and str(item.get("id", "")).startswith("msg_"):
                    item["id"] = "msg_0"
        if "item_id" in message:
            message["item_id"] = "msg_0"

    record = record_of(LANES, broken(honest(modules=MODULES), each(numbered)))
    assert record.observed is Observed.HONOURED, record.reason
