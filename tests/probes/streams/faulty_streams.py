"""Faulty streams, and streams that come at the wrong time."""

from __future__ import annotations

from dataclasses import replace

from gateprobe.evidence import Arrival, Attempt, Exchange, failure
from gateprobe.model import Cause
from tests.support.evidence.evidence_builders import (
    REMOVED,
    Change,
    as_base64,
    events_of,
    everywhere,
    painted,
    refusing,
    with_body,
    with_events,
)
from tests.support.evidence.faulty import (
    IGNORED,
    MALFORMED,
    NO_PICTURE,
    REFUSED,
    UNOBSERVED,
    WORDS,
    Row,
    drop,
    insert,
    repeat,
    streaming,
)
from tests.support.evidence.streams import body

_CALL = "response.image_generation_call"
_PING = {"type": "ping", "sequence_number": 3}


def _plain(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body, content_type="text/plain")


def _named_message(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body.replace(b"event: response.", b"event: message."))


def _unnamed(exchange: Exchange) -> Exchange:
    return with_body(
        exchange, b"".join(line for line in exchange.body.splitlines(keepends=True) if not line.startswith(b"event:"))
    )


def _glued(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body.replace(b"\n\nevent: ", b"\nevent: ", 1))


def _unfinished(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body.removesuffix(b"\n"))


def _commented(exchange: Exchange) -> Exchange:
    return with_body(exchange, b": OPENROUTER PROCESSING\n\n" + exchange.body)


def _strange_field(exchange: Exchange) -> Exchange:
    return with_body(exchange, b"message: hello\n" + exchange.body)


def _done_early(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    return with_body(exchange, body(events[:-1]) + b"data: [DONE]\n\n" + body(events[-1:]))


def _by_twos(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    return with_events(exchange, [{**event, "sequence_number": 2 * at} for at, event in enumerate(events)])


def _partial_twice(exchange: Exchange) -> Exchange:
    """Send a second and a third preview where none was asked for."""
    events = events_of(exchange)
    at = next((place for place, event in enumerate(events) if event["type"].endswith(".partial_image")), None)
    if at is None:
        return exchange
    more = [{**events[at], "partial_image_index": index} for index in (1, 2, 3)]
    sent = [*events[: at + 1], *more, *events[at + 1 :]]
    return with_events(exchange, [{**event, "sequence_number": number} for number, event in enumerate(sent)])


def _backwards(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    return with_events(exchange, [events[1], events[0], *events[2:]])


def _other_id(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    events[-1]["response"]["id"] = "resp_other"
    return with_events(exchange, events)


def _other_model(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    events[-1]["response"]["model"] = "gpt-5.5-mini"
    return with_events(exchange, events)


def _late_indices(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    for event in events:
        if "output_index" in event:
            event["output_index"] += 1
    return with_events(exchange, events)


def _item_left_open(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    done = [event for event in events if event["type"] == "response.output_item.done"]
    return with_events(exchange, [event for event in events if event is not done[-1]])


def _other_final_picture(exchange: Exchange) -> Exchange:
    events = events_of(exchange)
    for item in events[-1]["response"]["output"]:
        if item["type"] == "image_generation_call":
            item["result"] = as_base64(painted())
        if item["type"] == "message":
            item["content"][0]["text"] = "something else"
    return with_events(exchange, events)


def _with_attempt(exchange: Exchange, attempt: Attempt) -> Exchange:
    return Exchange(exchange.step, exchange.request, (attempt,), exchange.read, exchange.scenario_run)


def _left_open(exchange: Exchange) -> Exchange:
    """Let the body stay open for ten seconds after its last byte."""
    last = exchange.last
    whole = Arrival(len(exchange.body), 1_000.0)
    return _with_attempt(exchange, replace(last, arrivals=(whole,), elapsed_ms=11_000.0))


def _broken_after_end(exchange: Exchange) -> Exchange:
    """Break the connection after the last byte of a stream."""
    return _with_attempt(exchange, replace(exchange.last, failure=failure(Cause.NETWORK, "the connection broke")))


def arriving(*pieces: tuple[float, float]) -> Change:
    """Make a change that delivers a stream in pieces: up to which share of its bytes, and at how many ms."""

    def change(exchange: Exchange) -> Exchange:
        arrivals = tuple(Arrival(round(len(exchange.body) * share), ms) for share, ms in pieces)
        changed = with_body(exchange, exchange.body)
        return Exchange(
            exchange.step,
            exchange.request,
            (replace(changed.last, arrivals=arrivals),),
            changed.read,
            exchange.scenario_run,
        )

    return change


ROWS = (
    Row("stream_type_is_event_stream", _plain, MALFORMED, kind="answer.content_type"),
    Row("stream_type_is_event_stream", WORDS, IGNORED, kind="stream.absent"),
    Row("event_names_are_types", streaming(_named_message), MALFORMED, kind="stream.framing_unusual"),
    Row("event_names_are_types", streaming(_unnamed), MALFORMED, kind="stream.framing_unusual"),
    Row("events_have_their_fields", everywhere("output_index", REMOVED), MALFORMED, kind="answer.fields"),
    Row(
        "events_have_their_fields",
        everywhere("result", "data:image/png;base64,AAAA"),
        MALFORMED,
        kind="image.undecodable",
    ),
    Row("events_are_whole", everywhere("output_format", "jpeg"), MALFORMED, kind="option.misreported"),
    Row("events_are_in_order", drop("response.created"), MALFORMED, kind="stream.order_broken"),
    Row("events_are_in_order", drop("response.output_item.added"), MALFORMED, kind="stream.order_broken"),
    Row("items_are_one_after_another", streaming(_item_left_open), MALFORMED, kind="stream.order_broken"),
    Row("documented_events_come", drop("response.completed"), UNOBSERVED),  # stream.terminal says what is wrong
    Row("slow_pictures_are_not_cut", refusing(524, "A timeout occurred"), UNOBSERVED),  # once: it may be chance
    Row("body_ends_with_the_stream", _left_open, IGNORED, kind="stream.left_open"),
    Row("streams_end_unbroken", _broken_after_end, MALFORMED, kind="stream.broken_after_end"),
    Row("documented_events_come", drop("response.output_item.added"), MALFORMED, kind="stream.order_broken"),
    Row("sequence_numbers_rise", everywhere("sequence_number", 0), MALFORMED, kind="stream.sequence_numbers"),
    Row("sequence_numbers_rise", everywhere("sequence_number", REMOVED), MALFORMED, kind="stream.sequence_numbers"),
    Row("sequence_numbers_rise", streaming(_backwards), MALFORMED, kind="stream.sequence_numbers"),
    Row("sequence_numbers_have_no_gap", streaming(_by_twos), MALFORMED, kind="stream.sequence_numbers"),
    Row("ids_stay", streaming(_other_id), MALFORMED, kind="stream.item_identity"),
    Row("model_stays", streaming(_other_model), MALFORMED, kind="models.substituted"),
    Row("output_indices_are_unique", everywhere("output_index", 0), MALFORMED, kind="stream.item_identity"),
    Row("output_indices_have_no_gap", streaming(_late_indices), MALFORMED, kind="stream.item_identity"),
    Row("pictures_go_forward", everywhere("partial_image_index", 5), MALFORMED, kind="stream.partial_numbers"),
    Row("partials_are_no_more_than_allowed", streaming(_partial_twice), MALFORMED, kind="stream.partial_count"),
    Row("pictures_skip_nothing", drop(f"{_CALL}.generating"), MALFORMED, kind="stream.order_broken"),
    Row("calls_with_a_picture_did_not_fail", everywhere("status", "failed"), MALFORMED, kind="answer.status_wrong"),
    Row("finished_calls_say_completed", everywhere("status", "generating"), MALFORMED, kind="answer.status_wrong"),
    Row("streams_end_once", drop("response.completed"), MALFORMED, kind="stream.no_terminal"),
    Row("streams_end_once", repeat("response.completed"), MALFORMED, kind="stream.order_broken"),
    Row("done_marker_is_last", streaming(_done_early), MALFORMED, kind="stream.no_terminal"),
    Row("final_response_agrees", everywhere("output", []), MALFORMED, kind="answer.output_empty"),
    Row("final_response_agrees", streaming(_other_final_picture), MALFORMED, kind="stream.final_disagrees"),
    Row(
        "events_belong_to_the_protocol",
        insert(_PING, "response.completed"),
        MALFORMED,
        kind="stream.heartbeat_form",
    ),
    Row("frames_are_sound", streaming(_glued), MALFORMED, kind="stream.framing_broken"),
    Row("frames_are_sound", streaming(_unfinished), MALFORMED, kind="stream.framing_broken"),
    Row("frames_are_plain", streaming(_strange_field), MALFORMED, kind="stream.framing_broken"),
    Row("frames_are_openais", streaming(_commented), MALFORMED, kind="stream.framing_unusual"),
    Row("failures_are_told", drop("response.failed"), MALFORMED, kind="stream.error_malformed"),
    Row("streams_are_not_held_back_whole", arriving((1.0, 30_000.0)), IGNORED, kind="stream.held_back"),
    Row("events_are_not_held_back", arriving((1.0, 30_000.0)), IGNORED, kind="stream.held_back"),
    Row("first_event_comes_soon", arriving((0.01, 12_000.0), (1.0, 13_000.0)), IGNORED, kind="transport.slow"),
    Row("silence_is_short", arriving((0.01, 100.0), (1.0, 70_100.0)), IGNORED, kind="transport.slow"),
    Row("heartbeats_can_be_skipped", insert(_PING, "response.completed"), MALFORMED, kind="stream.heartbeat_form"),
    Row(
        "large_picture_arrives_whole",
        drop("response.completed"),
        MALFORMED,
        "1536x1024",
        kind="stream.no_terminal",
    ),
    Row("large_picture_arrives_whole", NO_PICTURE, IGNORED, "1536x1024", kind="stream.absent"),
    Row("large_picture_arrives_whole", refusing(), REFUSED, "1536x1024", kind="request.refused"),
)
