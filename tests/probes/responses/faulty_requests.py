"""Faulty answers about request forms, state and turns."""

from __future__ import annotations

from gateprobe.evidence import Exchange
from gateprobe.model import Json
from tests.support.evidence.evidence_builders import (
    REMOVED,
    each,
    everywhere,
    refusing,
    with_body,
    with_messages,
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
    repeat,
    streaming,
)

_ROUTE = refusing(404, "Not Found")


def _cut(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body[: len(exchange.body) // 2])


def _as_text(exchange: Exchange) -> Exchange:
    return with_body(exchange, exchange.body, content_type="text/plain")


def _no_error(exchange: Exchange) -> Exchange:
    return with_messages(exchange, [{"type": "response.created", "response": {"id": "resp_1", "output": []}}])


FORMS = (
    Row("cut_answer_says_so", everywhere("status", "completed"), IGNORED, kind="answer.status_wrong"),
    Row("cut_answer_says_so", everywhere("reason", "content_filter"), MALFORMED, kind="answer.status_wrong"),
    Row("cut_answer_says_so", refusing(400, "Unsupported parameter: 'max_output_tokens'"), UNOBSERVED),
    Row("text_is_answered", everywhere("status", "incomplete"), MALFORMED, kind="answer.status_wrong"),
    Row("text_is_answered", everywhere("text", ""), IGNORED, kind="answer.output_empty"),
    Row("text_is_answered", everywhere("output", None), MALFORMED, kind="answer.fields"),
    Row("text_is_answered", refusing(), REFUSED, kind="request.refused"),
    Row("response_has_its_fields", everywhere("output", None), MALFORMED, kind="answer.fields"),
    Row("response_has_its_fields", _cut, MALFORMED, kind="answer.unreadable"),
    Row("response_is_whole", everywhere("total_tokens", 1), MALFORMED, kind="usage.inconsistent"),
    Row(
        "usual_fields_are_accepted",
        refusing(400, "Unknown parameter: 'metadata'."),
        REFUSED,
        kind="option.refused",
    ),
    Row("metadata_comes_back", everywhere("metadata", {}), IGNORED, kind="option.ignored"),
    Row("metadata_comes_back", everywhere("metadata", REMOVED), UNOBSERVED),
    Row(
        "safety_identifier_comes_back",
        everywhere("safety_identifier", None),
        IGNORED,
        kind="option.ignored",
    ),
    Row("safety_identifier_comes_back", everywhere("safety_identifier", REMOVED), UNOBSERVED),
    Row(
        "instructions_reach_the_model",
        lambda exchange: everywhere("text", "ready")(everywhere("instructions", None)(exchange)),
        IGNORED,
        kind="option.ignored",
    ),
    Row("instructions_reach_the_model", everywhere("text", "ready"), UNOBSERVED),
    Row("response_is_sent_as_json", _as_text, MALFORMED, kind="answer.content_type"),
    Row("text_is_streamed", WORDS, IGNORED, kind="stream.absent"),
    Row("text_is_streamed", everywhere("status", "in_progress"), MALFORMED, kind="answer.status_wrong"),
    Row(
        "obfuscation_can_be_left_out",
        streaming(each(lambda event: event.update(obfuscation="x7"))),
        IGNORED,
        kind="option.ignored",
    ),
    Row("obfuscation_can_be_left_out", WORDS, UNOBSERVED),
    Row("input_may_be_a_string", refusing(400, "Input must be a list"), REFUSED, kind="request.refused"),
    Row("input_may_be_a_list", refusing(400, "Input must be a string"), REFUSED, kind="request.refused"),
    Row(
        "instructions_may_be_missing",
        refusing(400, "Instructions are required"),
        REFUSED,
        kind="request.unsent_field",
    ),
    Row("unknown_parameter_is_refused", WORDS, IGNORED, kind="option.invalid_accepted"),
    Row("unknown_parameter_is_refused", refusing(400, "Bad request"), MALFORMED, kind="errors.reason_missing"),
    Row("unknown_parameter_is_refused", _ROUTE, REFUSED, kind="surface.absent"),
)

STATE = (
    Row("previous_response_is_continued", only("by response id", NO_PICTURE), IGNORED, kind="state.context_lost"),
    Row(
        "previous_response_is_continued",
        only("by response id", OTHER_PICTURE),
        IGNORED,
        kind="state.context_lost",
    ),
    Row(
        "previous_response_is_continued",
        only("by response id", refusing(400, "HTTP is not supported")),
        REFUSED,
        kind="state.not_stored",
    ),
    Row("picture_is_found_by_id", only("by picture id", OTHER_PICTURE), IGNORED, kind="state.context_lost"),
    Row(
        "picture_is_found_by_id",
        only("by picture id", refusing(404, "Item not found")),
        REFUSED,
        kind="state.item_refused",
    ),
    Row("short_picture_item_is_accepted", only("by short item", refusing()), REFUSED, kind="state.item_refused"),
    Row("whole_picture_item_is_accepted", only("by history", refusing()), REFUSED, kind="state.item_refused"),
    Row("history_can_be_replayed", only("by history", refusing()), REFUSED, kind="state.item_refused"),
    Row("history_can_be_replayed", only("by history", OTHER_PICTURE), IGNORED, kind="edit.input_ignored"),
    Row("bogus_response_is_refused", WORDS, IGNORED, kind="state.context_lost"),
    Row("bogus_response_is_refused", _ROUTE, REFUSED, kind="surface.absent"),
    Row("stored_response_is_found", only("fetch", everywhere("id", "resp_other")), MALFORMED, kind="answer.fields"),
    Row("stored_response_is_found", only("fetch", everywhere("output", [])), MALFORMED, kind="answer.output_empty"),
    Row("stored_response_is_found", only("fetch", everywhere("text", "other")), MALFORMED, kind="answer.fields"),
    Row("stored_response_is_found", only("fetch", _ROUTE), REFUSED, kind="state.not_stored"),
    Row("unstored_response_is_not_found", only("fetch unstored", WORDS), IGNORED, kind="state.not_forgotten"),
    Row("deleted_response_is_not_found", only("fetch deleted", WORDS), IGNORED, kind="state.not_forgotten"),
    Row(
        "websocket_response_is_continued",
        only("by response id", OTHER_PICTURE),
        IGNORED,
        kind="state.context_lost",
    ),
    Row("websocket_picture_arrives", _ROUTE, REFUSED, kind="surface.absent"),
    Row("websocket_picture_arrives", everywhere("output", []), IGNORED, kind="answer.output_empty"),
    Row("websocket_events_keep_the_rules", everywhere("output_index", REMOVED), MALFORMED, kind="answer.fields"),
    Row(
        "websocket_bogus_response_is_refused",
        only("invented response id", _no_error),
        IGNORED,
        kind="state.context_lost",
    ),
    Row(
        "websocket_unknown_message_is_refused",
        each(lambda message: message.update(type="oops")),
        MALFORMED,
        kind="stream.error_malformed",
    ),
)

RESUMED = (
    Row(
        "stream_goes_on_after_any_event",
        only("resume", drop("response.completed")),
        MALFORMED,
        kind="background.resume_wrong",
    ),
    Row(
        "stream_goes_on_after_any_event",
        only("resume", repeat("response.completed")),
        MALFORMED,
        kind="background.resume_wrong",
    ),
    Row("plain_response_has_no_stream", only("stream", WORDS), MALFORMED, kind="background.resume_wrong"),
    Row(
        "plain_response_has_no_stream",
        only("stream", refusing(500, "AttributeError: 'NoneType' object has no attribute 'stream'")),
        MALFORMED,
        kind="gateway.crashed",
    ),
)


def _drawn_twice(body: dict[str, Json]) -> None:
    if isinstance(body.get("output"), list):
        body["output"] *= 2


AGENTS = (
    Row("conversation_is_continued", only("ask", everywhere("text", "No.")), IGNORED, kind="state.context_lost"),
    Row("conversation_is_continued", only("make", _ROUTE), REFUSED, kind="surface.absent"),
    Row("conversation_is_continued", only("make", everywhere("id", 7)), MALFORMED, kind="answer.fields"),
    Row("reasoning_comes_encrypted", everywhere("encrypted_content", REMOVED), IGNORED, kind="option.ignored"),
    Row("reasoning_comes_encrypted", everywhere("output", []), UNOBSERVED),
    Row("encrypted_reasoning_is_read", only("send back", refusing()), REFUSED, kind="state.item_refused"),
    Row("encrypted_reasoning_is_read", everywhere("encrypted_content", REMOVED), UNOBSERVED),
    Row("demanded_function_is_called", WORDS, IGNORED, kind="option.ignored"),
    Row("demanded_function_is_called", everywhere("arguments", "{"), MALFORMED, kind="answer.fields"),
    Row("both_tools_are_repeated", everywhere("tools", []), MALFORMED, kind="option.misreported"),
    Row("both_tools_are_repeated", everywhere("tools", REMOVED), UNOBSERVED),
    Row("function_output_is_read", everywhere("text", ""), IGNORED, kind="answer.output_empty"),
    Row("field_comes_back", everywhere("max_tool_calls", None), IGNORED, "max_tool_calls", "option.ignored"),
    Row("newest_field_is_accepted", everywhere("text", ""), IGNORED, "moderation", "answer.output_empty"),
    Row("tier_that_served_is_named", everywhere("service_tier", "fast"), MALFORMED, "fast", "option.misreported"),
    Row("tier_that_served_is_named", everywhere("service_tier", REMOVED), UNOBSERVED, "flex"),
    Row("moderation_results_are_returned", everywhere("moderation", None), IGNORED, kind="option.ignored"),
    Row("calls_are_limited", each(_drawn_twice), IGNORED, kind="option.ignored"),
    Row("calls_are_limited", everywhere("output", []), UNOBSERVED),
    Row("input_items_are_listed", only("list", everywhere("data", [])), MALFORMED, kind="answer.fields"),
)

ROWS = (*FORMS, *STATE, *RESUMED, *AGENTS)
