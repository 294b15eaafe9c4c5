"""Faulty answers of the hosted image tool."""

from __future__ import annotations

import orjson

from gateprobe.evidence import Exchange
from gateprobe.model import Json
from tests.support.evidence.evidence_builders import (
    REMOVED,
    as_base64,
    each,
    events_of,
    everywhere,
    painted,
    refusing,
    with_events,
    with_json,
)
from tests.support.evidence.faulty import (
    IGNORED,
    MALFORMED,
    NO_PICTURE,
    OTHER_PICTURE,
    REFUSED,
    UNOBSERVED,
    WORDS,
    Row,
    drop,
    only,
    sent,
    streaming,
)

_PARTIAL = "response.image_generation_call.partial_image"
_SQUARE = as_base64(painted("red", (1024, 1024)))


def _as_json(exchange: Exchange) -> Exchange:
    """Answer a stream's request with the whole response as JSON."""
    return with_json(exchange, exchange.response)


def _twice(exchange: Exchange) -> Exchange:
    """Return the picture's call twice."""
    body = orjson.loads(exchange.body)
    calls = [item for item in body["output"] if item["type"] == "image_generation_call"]
    return with_json(exchange, {**body, "output": [*body["output"], *calls]})


def _unsent(body: dict[str, Json]) -> None:
    """Name a tool that was not sent."""
    if "tools" in body:
        body["tools"] = [{"type": "image_generation"}]


def _renumbered(exchange: Exchange) -> Exchange:
    """Renumber partial pictures from 1."""
    events = events_of(exchange)
    for event in events:
        if event["type"] == _PARTIAL:
            event["partial_image_index"] += 1
    return with_events(exchange, events)


def _more(exchange: Exchange) -> Exchange:
    """Send five partial pictures, numbered properly."""
    events = events_of(exchange)
    at = next(place for place, event in enumerate(events) if event["type"] == "response.output_item.done")
    picture = {"type": _PARTIAL, "item_id": "ig_1", "output_index": 0, "partial_image_b64": _SQUARE}
    partials = [{**picture, "partial_image_index": index} for index in range(5)]
    rest = [event for event in events if event["type"] != _PARTIAL]
    return with_events(exchange, [*rest[:at], *partials, *rest[at:]])


def _swapped(exchange: Exchange) -> Exchange:
    """Make the picture at level 10 larger than the one at 90."""
    return everywhere("result", as_base64(painted("red", (64, 64) if exchange.step else (2048, 2048))))(exchange)


_PICTURE = (
    Row("streamed_picture_arrives", _as_json, IGNORED, kind="stream.absent"),
    Row("streamed_picture_arrives", NO_PICTURE, IGNORED, kind="stream.absent"),
    Row("streamed_picture_arrives", OTHER_PICTURE, IGNORED, kind="image.wrong_content"),
    Row("streamed_picture_arrives", everywhere("result", _SQUARE[:2000]), MALFORMED, kind="image.undecodable"),
    Row(
        "streamed_picture_arrives",
        everywhere("result", "I drew a red square."),
        MALFORMED,
        kind="image.undecodable",
    ),
    Row("streamed_picture_arrives", drop("response.completed"), MALFORMED, kind="stream.no_terminal"),
    Row("plain_picture_arrives", NO_PICTURE, IGNORED, kind="image.missing"),
    Row("plain_picture_arrives", everywhere("output", []), IGNORED, kind="answer.output_empty"),
    Row("plain_picture_arrives", _twice, MALFORMED, kind="param.n_ignored"),
    Row("plain_picture_arrives", everywhere("status", "failed"), MALFORMED, kind="answer.status_wrong"),
    Row("plain_picture_has_its_fields", everywhere("id", REMOVED), MALFORMED, kind="answer.fields"),
    Row("forced_tool_must_be_sent", WORDS, IGNORED, kind="option.invalid_accepted"),
    Row("tool_can_be_forced", WORDS, IGNORED, kind="option.ignored"),
    Row("tool_can_be_forced", refusing(400, "Unknown tool_choice"), REFUSED, kind="option.refused"),
    Row("demanded_tool_is_called", WORDS, IGNORED, "required", kind="option.ignored"),
    Row("demanded_tool_is_called", NO_PICTURE, IGNORED, "allowed_tools", kind="option.ignored"),
    Row("tool_can_be_forbidden", everywhere("type", "image_generation_call"), IGNORED, kind="option.ignored"),
    Row(
        "tool_model_is_used",
        everywhere("model", "gpt-image-1"),
        IGNORED,
        "gpt-image-2",
        kind="models.substituted",
    ),
    Row(
        "tool_model_is_used",
        refusing(400, "Unknown parameter: 'tools[0].model'."),
        REFUSED,
        "gpt-image-2",
        kind="request.refused",
    ),
    Row("tool_is_echoed_as_sent", everywhere("size", "auto"), IGNORED, kind="option.misreported"),
    Row("tool_is_echoed_as_sent", everywhere("tools", []), IGNORED, kind="option.misreported"),
    Row("no_other_tool_is_injected", everywhere("tools", [{}, {}]), IGNORED, kind="tool.injected"),
    Row("no_tool_is_injected", each(_unsent), IGNORED, kind="tool.injected"),
    Row("revised_prompt_is_told", everywhere("revised_prompt", REMOVED), IGNORED, kind="answer.fields"),
    Row("revised_prompt_is_told", everywhere("revised_prompt", ""), MALFORMED, kind="answer.fields"),
    Row("usage_adds_up", everywhere("usage", None), IGNORED, kind="usage.missing"),
    Row("usage_adds_up", everywhere("total_tokens", 7), MALFORMED, kind="usage.inconsistent"),
    Row("tool_usage_adds_up", everywhere("tool_usage", REMOVED), IGNORED, kind="usage.missing"),
    Row("tool_usage_adds_up", everywhere("total_tokens", 7), MALFORMED, kind="usage.inconsistent"),
    Row("tool_usage_adds_up", everywhere("image_gen", []), IGNORED, kind="usage.missing"),
    Row("usage_adds_up", everywhere("input_tokens", "many"), MALFORMED, kind="usage.missing"),
)

_PARTIALS = (
    Row("partials_are_no_more_than_asked", _more, IGNORED, 2, kind="stream.partial_count"),
    Row("partials_are_no_more_than_asked", _renumbered, MALFORMED, 2, kind="stream.partial_numbers"),
    Row("partials_are_no_more_than_asked", _as_json, IGNORED, 2, kind="stream.absent"),
    Row(
        "partials_are_no_more_than_asked",
        everywhere("partial_image_b64", "AAAA"),
        MALFORMED,
        1,
        kind="image.undecodable",
    ),
    Row("partials_are_no_more_than_asked", NO_PICTURE, IGNORED, 0, kind="stream.absent"),
    Row("partials_come_when_asked", drop(_PARTIAL), IGNORED, 3, kind="stream.partial_count"),
    Row("partials_differ", everywhere("partial_image_b64", _SQUARE), MALFORMED, 3, kind="stream.partials_same"),
    Row("unasked_partials_are_few", streaming(_more), IGNORED, kind="stream.partial_count"),
    Row("partials_out_of_range_are_refused", WORDS, IGNORED, kind="option.invalid_accepted"),
)

_OPTIONS = (
    Row("tool_draws_in_size", OTHER_PICTURE, IGNORED, "1536x1024", kind="param.size_ignored"),
    Row(
        "tool_draws_in_size",
        sent("output_format", refusing(400, "size")),
        REFUSED,
        "1024x1536",
        kind="option.refused",
    ),
    Row("tool_reports_the_size", everywhere("size", "3x3"), MALFORMED, kind="option.misreported"),
    Row("tool_draws_in_other_size", NO_PICTURE, IGNORED, "auto", kind="image.missing"),
    Row("tool_refuses_invalid_sizes", WORDS, IGNORED, kind="option.invalid_accepted"),
    Row("tool_reports_quality", everywhere("quality", "auto"), IGNORED, "high", kind="option.misreported"),
    Row("tool_reports_quality", everywhere("quality", REMOVED), UNOBSERVED, "low"),
    Row("tool_draws_in_format", OTHER_PICTURE, IGNORED, "jpeg", kind="param.format_ignored"),
    Row(
        "tool_draws_in_format",
        everywhere("result", as_base64(painted(kind="WEBP"))),
        IGNORED,
        "png",
        kind="param.format_ignored",
    ),
    Row("compression_makes_smaller", _swapped, IGNORED, kind="option.ignored"),
    Row("transparent_is_refused_or_drawn", WORDS, IGNORED, kind="image.missing"),
    Row("opaque_is_drawn", sent("background", refusing(400, "background")), REFUSED, kind="option.refused"),
    Row("auto_is_accepted", everywhere("quality", "auto"), MALFORMED, kind="option.misreported"),
    Row(
        "moderation_is_accepted",
        sent("moderation", refusing(400, "Unknown parameter: 'moderation'")),
        REFUSED,
        "low",
        kind="option.refused",
    ),
    Row("action_generate_draws", everywhere("action", "edit"), MALFORMED, kind="option.misreported"),
    Row("action_generate_draws", NO_PICTURE, IGNORED, kind="image.missing"),  # no other whole answer was asked for
    Row("plain_call_says_completed", everywhere("status", "generating"), MALFORMED, kind="answer.status_wrong"),
    Row("plain_call_says_completed", NO_PICTURE, UNOBSERVED),  # there is no call to judge
)

_EDITS = (
    Row("action_edit_changes_the_picture", OTHER_PICTURE, IGNORED, kind="edit.input_ignored"),
    Row("action_edit_changes_the_picture", everywhere("action", "generate"), MALFORMED, kind="option.misreported"),
    Row(
        "action_edit_changes_the_picture",
        refusing(400, "Unknown parameter: 'action'"),
        REFUSED,
        kind="option.refused",
    ),
    Row("input_image_is_used", OTHER_PICTURE, IGNORED, kind="edit.input_ignored"),
    Row("input_image_is_used", refusing(400, "image is not supported"), REFUSED, kind="request.refused"),
    Row("forced_edit_of_nothing_is_refused", WORDS, IGNORED, kind="option.invalid_accepted"),
    Row("input_file_is_used", only("by file id", OTHER_PICTURE), IGNORED, kind="edit.input_ignored"),
    Row(
        "input_file_is_used",
        only("by file id", refusing(400, "unsupported_input_image_format")),
        REFUSED,
        kind="request.refused",
    ),
    Row("input_mask_limits_the_change", OTHER_PICTURE, IGNORED, kind="edit.mask_ignored"),
    Row(
        "input_mask_limits_the_change",
        everywhere("result", as_base64(painted("blue", (256, 256)))),
        IGNORED,
        kind="edit.mask_ignored",
    ),
    Row(
        "revised_prompts_are_not_shared",
        everywhere("revised_prompt", "A cat."),
        MALFORMED,
        kind="option.misreported",
    ),
    Row(
        "instructions_match_the_request", everywhere("instructions", "Be brief."), MALFORMED, kind="option.misreported"
    ),
    Row(
        "continued_response_matches_the_request",
        everywhere("previous_response_id", "resp_0"),
        MALFORMED,
        kind="option.misreported",
    ),
    Row("unknown_mask_is_refused", WORDS, IGNORED, kind="option.invalid_accepted"),
    Row("three_pictures_by_words", everywhere("type", "message"), IGNORED, kind="param.n_ignored"),
    Row("three_pictures_by_words", OTHER_PICTURE, MALFORMED, kind="param.n_ignored"),
    Row("three_pictures_by_words", everywhere("id", "ig_same"), MALFORMED, kind="stream.item_identity"),
)

ROWS = (*_PICTURE, *_PARTIALS, *_OPTIONS, *_EDITS)
