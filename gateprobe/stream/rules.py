"""Every rule of streams and bodies: its statement, its source, and the clients that suffer when it is broken.

A `must` is certain: no authentic recording of OpenAI or Azure breaks such a rule. `should` and `info` are for other
differences from the wire. Breaking a compatible rule breaks an official SDK or a widespread client; a strict rule
describes OpenAI's exact wire, which the SDKs do not need. The clients were measured with 79 variants of streams and
bodies: openai-python and openai-node (raw iteration, and
their accumulators, here "stream helper"), Vercel AI SDK 7, langchain-openai 1.7.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gateprobe.model import Level, Strictness
from gateprobe.stream.model import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateprobe.stream.model import Violation

_MUST, _SHOULD, _INFO = Level.MUST, Level.SHOULD, Level.INFO
_ALL, _ONLY_STRICT = Strictness.COMPATIBLE, Strictness.STRICT

_PY: Final = "openai-python"
_PYH: Final = "openai-python stream helper"
_NODE: Final = "openai-node"
_NODEH: Final = "openai-node stream helper"
_AI: Final = "Vercel AI SDK"
_LC: Final = "langchain-openai"
_BROWSER: Final = "EventSource in browsers"
_NOBODY: Final[tuple[str, ...]] = ()

_WHATWG: Final = "WHATWG HTML, 9.2"
_API: Final = "OpenAI API reference"
_WIRE: Final = "recorded traffic 2025-03 to 2026-09"
_SDK: Final = "openai-python 3.52 and openai-node 7.55 accumulators"
_OPEN: Final = "Open Responses specification"
_JSON: Final = "RFC 8259 and RFC 7493"
_HELPERS: Final = (_PYH, _NODEH)


def _rule(  # noqa: PLR0917 - a table's columns
    name: str,
    fault_kind: str,
    level: Level,
    strictness: Strictness,
    statement: str,
    source: str,
    breaks: tuple[str, ...],
    example: str,
) -> Rule:
    rule = f"stream.{name}"
    return Rule(rule, rule.rpartition(".")[0], fault_kind, statement, source, level, strictness, breaks, example)


_FRAMING: Final = (
    _rule("framing.frames", "stream.absent", _MUST, _ALL, "A stream consists of server-sent events.", _WHATWG,
          (_PY, _NODE, _AI, _LC),
          'the body is `{"error": …}` or an HTML page: the SDKs yield no event and raise no error'),
    _rule("framing.blank_line", "stream.framing_broken", _MUST, _ALL,
          "A blank line completes every frame, including the last one.", _WHATWG, (_PY, _LC, _AI),
          "the stream ends right after `data: {…}`: the event is dropped"),
    _rule("framing.json", "stream.framing_broken", _MUST, _ALL, "The data of every frame is one JSON object.", _API,
          (_PY, _NODE, _LC),
          'a frame is cut: `data: {"type":"response.created","resp`; two frames are joined: `data: {…}event: x`'),
    _rule("framing.utf8", "stream.framing_broken", _MUST, _ALL, "The data of every frame is valid UTF-8.", _WHATWG,
          (_PY,), "a relay cuts a chunk inside a character and sends U+FFFD or half a character"),
    _rule("framing.dataless", "stream.framing_broken", _MUST, _ALL, "A frame that names an event has data.", _SDK,
          (_PY, _NODE, _LC), "`event: ping` and a blank line: the SDKs parse the empty data as JSON and raise"),
    _rule("framing.comment_after_id", "stream.heartbeat_form", _MUST, _ALL,
          "A stream whose frames have ids has no comments between frames.", "openai-python 3.52, measured", (_PY,),
          "`id: 7` before one frame, then `: ping` and a blank line: openai-python parses empty data as JSON"),
    _rule("framing.overlong", "stream.framing_broken", _MUST, _ALL, "No frame is longer than 64 MiB.",
          "real pictures are far smaller", (_PY, _NODE, _AI, _LC), "a line that never ends"),
    _rule("framing.unknown_field", "stream.framing_broken", _SHOULD, _ONLY_STRICT,
          "A frame has only the fields of the standard.", _WHATWG, _NOBODY,
          "`message: hello`, or a line of HTML in the middle"),
    _rule("framing.ambiguous", "stream.framing_broken", _SHOULD, _ONLY_STRICT,
          "All JSON parsers read the same value: no repeated key, no rounded number, no half surrogate pair.", _JSON,
          (_NODE,), '`{"output_index":0,"output_index":1}`'),
    _rule("framing.comment", "stream.framing_unusual", _INFO, _ONLY_STRICT,
          "A stream has no comments; OpenAI sends none, other gateways send them as heartbeats.", _WIRE, _NOBODY,
          "`: OPENROUTER PROCESSING`"),
    _rule("framing.id_retry", "stream.framing_unusual", _INFO, _ONLY_STRICT,
          "A frame has neither `id:` nor `retry:`; OpenAI sends none.", _WIRE, _NOBODY, "`id: 7` before the data"),
    _rule("framing.line_ends", "stream.framing_unusual", _INFO, _ONLY_STRICT,
          "Lines end with LF, and every event has one data line.", _WIRE, _NOBODY,
          "CRLF, or JSON over several data lines: legal, and hand-written parsers fail on it"),
    _rule("event_names.mismatch", "stream.framing_unusual", _MUST, _ONLY_STRICT,
          "The `event:` line equals the `type` of the data.", _WIRE, (_BROWSER,),
          '`event: message` before `data: {"type":"response.created",…}`'),
    _rule("event_names.missing", "stream.framing_unusual", _SHOULD, _ONLY_STRICT, "Every frame has an `event:` line.",
          _WIRE, (_BROWSER,), '`data: {"type":"response.created",…}` alone'),
    _rule("done_marker.present", "stream.framing_unusual", _INFO, _ONLY_STRICT,
          "A stream ends without `[DONE]`, as OpenAI's do; clients accept both.", _WIRE, _NOBODY,
          "`data: [DONE]` after `response.completed`"),
    _rule("done_marker.early", "stream.no_terminal", _MUST, _ALL,
          "`[DONE]` comes only after the terminal event, and no event comes after it.", _SDK, (_PY, _NODE, _LC),
          "`data: [DONE]` instead of `response.completed`: clients stop reading there"),
    _rule("done_marker.twice", "stream.framing_unusual", _SHOULD, _ONLY_STRICT, "`[DONE]` comes at most once.", _OPEN,
          _NOBODY, "`data: [DONE]` twice"),
)  # fmt: skip

_EVENTS: Final = (
    _rule("schema.type", "answer.fields", _MUST, _ALL, "Every event is an object with a `type`.", _API,
          (_PYH, _NODEH, _AI, _LC), '`data: {"delta":"He"}`, or `data: null`'),
    _rule("schema.event", "answer.fields", _MUST, _ALL,
          "Every event has the fields that clients read, with their types.", _API, (_PYH, _NODEH, _AI, _LC),
          '`{"type":"response.output_text.delta"}` without `delta`'),
    _rule("schema.expected", "answer.fields", _SHOULD, _ONLY_STRICT,
          "Every event has the fields that OpenAI also sends.", _WIRE, _NOBODY,
          "`response.output_text.delta` without `logprobs`"),
    _rule("schema.base64", "image.undecodable", _MUST, _ALL, "A picture is plain base64 that decodes.", _API,
          (_PY, _NODE, _AI, _LC), "`data:image/png;base64,…` in `result`, or base64 that was cut"),
    _rule("schema.shortened", "recording.not_whole", _INFO, _ONLY_STRICT,
          "A picture is complete; this one was shortened by an editor.", _WIRE, _NOBODY,
          '`"result":"iVBORw0KGgo...=="` in a recording'),
    _rule("schema.picture", "option.misreported", _SHOULD, _ONLY_STRICT,
          "A picture's bytes are of the stated format and size, and end where the format ends.", _API, _NOBODY,
          '`"output_format":"png"` beside base64 of a JPEG; a PNG without IEND'),
    _rule("schema.size_varies", "option.misreported", _INFO, _ONLY_STRICT,
          "The pictures of one answer have the size that it states; with `auto`, OpenAI's differ by some pixels.",
          _WIRE, _NOBODY, '`"size":"1254x1254"` beside pictures of 1254x1254 and 1250x1258'),
    _rule("no_foreign_events.foreign", "stream.foreign_events", _MUST, _ALL, "Every event is an event of OpenAI's API.",
          _API, (_NODEH,), "`codex.rate_limits`, `ping`, `message_stop`"),
    _rule("no_foreign_events.undocumented", "stream.foreign_events", _SHOULD, _ONLY_STRICT,
          "Every event is of a type that OpenAI is known to send.", _API, (_NODEH,), "`response.reasoning_part.added`"),
    _rule("sequence_number.absent", "stream.sequence_numbers", _MUST, _ONLY_STRICT,
          "If one event has a `sequence_number`, all have one.", _API, _NOBODY,
          "an `error` event without its `sequence_number`"),
    _rule("sequence_number.everywhere", "stream.sequence_numbers", _SHOULD, _ONLY_STRICT,
          "Events have a `sequence_number` (OpenAI's have one since 2025-06).", _WIRE, _NOBODY, "no event has one"),
    _rule("sequence_number.repeated", "stream.sequence_numbers", _MUST, _ONLY_STRICT,
          "No `sequence_number` comes twice.", _API, ("clients that resume with `starting_after`",), "`0, 1, 1, 2`"),
    _rule("sequence_number.backwards", "stream.sequence_numbers", _MUST, _ONLY_STRICT, "`sequence_number` rises.", _API,
          ("clients that resume with `starting_after`",),
          "`0, 1, 3, 2`; or 0 again where a relay spliced a second attempt on"),
    _rule("sequence_number.gap", "stream.sequence_numbers", _SHOULD, _ONLY_STRICT, "`sequence_number` rises by one.",
          _WIRE, ("clients that wait for the missing event",), "`0, 1, 3`"),
    _rule("sequence_number.start", "stream.sequence_numbers", _SHOULD, _ONLY_STRICT, "`sequence_number` begins at 0.",
          _WIRE, _NOBODY, "`1, 2`"),
    _rule("ids_stable.response", "stream.item_identity", _MUST, _ALL, "`response.id` is the same in the whole stream.",
          _SDK, _HELPERS, "`response.created` has resp_1, `response.completed` has resp_2"),
    _rule("ids_stable.lane", "stream.item_identity", _MUST, _ALL,
          "On a WebSocket with lanes, every event of a lane has its `stream_id`.", _API, ("clients that use lanes",),
          "`response.created` with a `stream_id`, a delta without it"),
    _rule("ids_stable.model", "models.substituted", _SHOULD, _ONLY_STRICT,
          "`response.model` is the same in the whole stream.", _WIRE, _NOBODY,
          "`response.created` has gpt-5.5, `response.completed` has gpt-5.5-mini"),
    _rule("ids_stable.item", "stream.item_identity", _MUST, _ALL, "All events of an item have its id.", _SDK, _HELPERS,
          "every delta has another `item_id` (GitHub Copilot, recorded)"),
    _rule("ids_stable.call", "stream.item_identity", _SHOULD, _ONLY_STRICT,
          "A call keeps its `call_id` (OpenAI's client tool search did not).", _SDK, _HELPERS,
          "added with `call_a`, done with `call_b`"),
    _rule("ids_stable.type", "stream.item_identity", _MUST, _ALL,
          "An item has the same type when it is added and when it is done.", _SDK, _HELPERS,
          "added as `message`, done as `reasoning`"),
    _rule("ids_stable.reused", "stream.item_identity", _MUST, _ALL, "Every item has its own id.", _API, _HELPERS,
          "two image calls with the same `ig_…`"),
    _rule("output_index.repeated", "stream.item_identity", _MUST, _ALL, "Every item and every part has its own index.",
          _SDK, _HELPERS, "`output_index` is always 0"),
    _rule("output_index.backwards", "stream.item_identity", _MUST, _ALL,
          "Indices rise in the order in which items are added.", _SDK, _HELPERS, "items 0, 2, 1"),
    _rule("output_index.gap", "stream.item_identity", _SHOULD, _ONLY_STRICT, "Indices begin at 0 and rise by one.",
          _WIRE, _NOBODY, "the first item has `output_index` 1"),
)  # fmt: skip

_ORDER: Final = (
    _rule("order.first", "stream.order_broken", _MUST, _ALL, "The first event is `response.created`.", _SDK, _HELPERS,
          "`response.in_progress`, or an item, comes first"),
    _rule("order.resumed", "recording.not_whole", _SHOULD, _ONLY_STRICT,
          "A stream begins with its first event; this one was resumed.", _WIRE, _NOBODY,
          "`GET /responses/{id}?stream=true&starting_after=0`"),
    _rule("order.second_response", "recording.not_whole", _SHOULD, _ONLY_STRICT,
          "A recording contains one response; this one contains several, one after another.", _WIRE, _NOBODY,
          "events without `event:` lines: `response.completed`, then `response.created` with another id"),
    _rule("order.spliced", "stream.spliced", _MUST, _ALL,
          "A stream carries one response, from its beginning to its end.", _SDK, _HELPERS,
          "a relay retries after half a stream, and appends the second attempt with its `response.created`"),
    _rule("order.opened", "stream.order_broken", _MUST, _ALL,
          "An event of an item, a part or a command comes after the event that opens it.", _SDK, (_PYH, _NODEH, _AI),
          "`response.output_text.delta` without `response.output_item.added`"),
    _rule("order.late", "stream.order_broken", _MUST, _ALL,
          "An item, a part or a call is opened, then filled, then closed.", _OPEN, (_NODEH, _AI),
          "`response.output_text.delta` after `response.output_text.done`"),
    _rule("order.repeated", "stream.order_broken", _MUST, _ALL, "An event that opens or closes comes once.", _SDK,
          _HELPERS, "`response.created` twice; `response.output_item.done` twice for one item"),
    _rule("order.skipped", "stream.order_broken", _SHOULD, _ONLY_STRICT,
          "No step of the response or of a tool is skipped.", _WIRE, _NOBODY,
          "`response.created`, then an item at once, without `response.in_progress`"),
    _rule("order.unclosed", "stream.order_broken", _MUST, _ONLY_STRICT,
          "Every part and every call's arguments are closed.", _OPEN, (_LC,),
          "`response.content_part.done` without `response.output_text.done`"),
    _rule("order.unfinished", "stream.order_broken", _SHOULD, _ONLY_STRICT,
          "Every item is done before the response, and its parts before the item.", _SDK, (_LC,),
          "`response.completed` without `response.output_item.done` of item 1"),
    _rule("order.interleaved", "stream.order_broken", _SHOULD, _ONLY_STRICT,
          "An item is done before the next one is added.", _WIRE, _NOBODY,
          "`output_item.added` of item 1 while item 0 is open"),
    _rule("error_event.followed", "stream.error_malformed", _SHOULD, _ONLY_STRICT,
          "`response.failed` follows an `error` event at once.", _WIRE, (_NODEH,),
          "the stream ends after `error`, or goes on with other events"),
    _rule("error_event.untyped", "stream.error_malformed", _SHOULD, _ALL,
          "An error on a stream is an event with a `type`.", _WIRE, (_AI, _LC),
          '`data: {"error":{"message":"…"}}`: the body of an HTTP error in a stream'),
    _rule("error_event.words", "stream.error_malformed", _SHOULD, _ONLY_STRICT,
          "The fields of an error are null where there is no value; `code` is no status, `message` no JSON.", _WIRE,
          ("clients that branch on `type` or `code`",), '`{"type":"error","error":{"type":"None","code":"400",…}}`'),
    _rule("error_event.flat", "stream.error_malformed", _INFO, _ONLY_STRICT,
          "An `error` event has its fields in an object `error`, unlike the specification.", _WIRE, (_PY,),
          '`{"type":"error","message":"…"}`: openai-python yields it instead of raising'),
    _rule("image_lifecycle.skipped", "stream.order_broken", _SHOULD, _ONLY_STRICT,
          "An image call sends `in_progress`, then `generating`, before any picture.", _WIRE, _NOBODY,
          "`partial_image` right after `output_item.added`"),
    _rule("image_lifecycle.late", "stream.order_broken", _MUST, _ALL,
          "An image call goes forward: in progress, generating, partial pictures, completed.", _API, (_NODEH,),
          "`partial_image` after `image_generation_call.completed`"),
    _rule("image_lifecycle.repeated", "stream.order_broken", _MUST, _ONLY_STRICT,
          "Each stage of an image call is sent once.", _API, _NOBODY, "`image_generation_call.completed` twice"),
    _rule("image_lifecycle.partial_index", "stream.partial_numbers", _MUST, _ALL,
          "`partial_image_index` counts 0, 1, 2, … within its call.", _WIRE,
          ("clients that show partial pictures by index",), "it begins at 1, or is always 0"),
    _rule("image_lifecycle.partial_count", "stream.partial_count", _SHOULD, _ONLY_STRICT,
          "No more partial pictures come than were asked for (at most 3; one may come unasked).", _API, _NOBODY,
          "`partial_images: 2`, three delivered"),
    _rule("image_lifecycle.partial_same", "stream.partials_same", _SHOULD, _ONLY_STRICT, "All partial pictures differ.",
          _API, _NOBODY, "the finished picture sent three times as partials 0, 1, 2"),
    _rule("image_lifecycle.status", "answer.status_wrong", _SHOULD, _ONLY_STRICT,
          "An image call that has its picture is neither failed nor unfinished.", _API,
          ("clients that show completed calls",), '`"status":"failed"` beside a full `result`'),
    _rule("item_status.generating", "answer.status_wrong", _INFO, _ONLY_STRICT,
          "A finished image call has the status `completed`; OpenAI's own has `generating` since 2026-03.", _WIRE,
          ("Codex Desktop",), '`output_item.done` with a full `result` and `"status":"generating"`'),
    _rule("terminal.missing", "stream.no_terminal", _MUST, _ALL,
          "A stream ends with `response.completed`, `.incomplete` or `.failed` (`…completed` for images).", _SDK,
          (_PYH, _AI), "the connection closes after the last delta: most clients treat it as the end"),
    _rule("terminal.after", "stream.order_broken", _MUST, _ALL, "No event comes after the terminal event.", _WIRE,
          (_PYH, _NODEH), "a delta after `response.completed`: no client reads it"),
    _rule("terminal.twice", "stream.order_broken", _MUST, _ALL, "There is one terminal event.", _WIRE, _HELPERS,
          "`response.completed` twice, or `response.completed` after `response.failed`"),
    _rule("terminal.several_pictures", "stream.order_broken", _SHOULD, _ONLY_STRICT,
          "An images stream completes one picture.", _API, _NOBODY, "`image_generation.completed` twice"),
    _rule("final_agrees.deltas", "stream.final_disagrees", _MUST, _ALL,
          "The joined deltas equal the text of the closing event.", _WIRE, (_PYH, _NODEH, _AI, _LC),
          "a delta is lost: clients that show deltas show another text than clients that wait"),
    _rule("final_agrees.annotations", "stream.final_disagrees", _SHOULD, _ONLY_STRICT,
          "The annotations that come one by one equal those of the closing event.", _WIRE, (_PYH,),
          "an `output_text.annotation.added` is lost"),
    _rule("final_agrees.items", "stream.final_disagrees", _MUST, _ALL,
          "`response.completed` lists the items that were done, in order.", _WIRE, _HELPERS,
          "a streamed item is not in `response.output`"),
    _rule("final_agrees.empty", "answer.output_empty", _MUST, _ALL, "`response.completed` contains the output.", _WIRE,
          (_PYH, _NODEH, _LC),
          '`"output":[]` (the Codex back end, recorded): clients that read the final response get no output'),
    _rule("final_agrees.lost", "stream.final_disagrees", _MUST, _ALL,
          "An item that was added is done, or at least in the final output.", _SDK, _HELPERS,
          "`output_item.added`, then no other event of the item"),
    _rule("final_agrees.content", "stream.final_disagrees", _MUST, _ALL,
          "The final output equals the items of `output_item.done`.", _WIRE, (_PYH, _NODEH),
          "another picture, or another text, in `response.completed`"),
)  # fmt: skip

_BODIES: Final = (
    _rule("body.json", "answer.unreadable", _MUST, _ALL, "The body is one JSON value.", _API, (_PY, _NODE, _AI, _LC),
          "an HTML page"),
    _rule("body.schema", "answer.fields", _MUST, _ALL, "The body has the fields that clients read, with their types.",
          _API, (_PY, _NODE, _AI, _LC), '`{"data":null}`'),
    _rule("body.expected", "answer.fields", _SHOULD, _ONLY_STRICT, "The body has the fields that OpenAI also sends.",
          _WIRE, _NOBODY, "no `usage` in an answer with pictures"),
    _rule("body.unique_ids", "models.list_wrong", _SHOULD, _ONLY_STRICT, "Every model of a list has its own id.", _API,
          _NOBODY, "`gpt-image-2` listed twice"),
    _rule("body.usage", "usage.inconsistent", _SHOULD, _ONLY_STRICT,
          "The total tokens are the sum of input and output tokens, and no detail exceeds its sum.", _API,
          ("billing by usage",), '`{"input_tokens":9,"output_tokens":9,"total_tokens":9}`'),
    _rule("body.output", "answer.output_empty", _MUST, _ALL,
          "A completed response that states output tokens has output.", _WIRE, (_PYH, _NODEH, _LC),
          '`"output":[]` beside `"usage":{"output_tokens":196,…}`'),
    _rule("body.spent", "usage.implausible", _SHOULD, _ONLY_STRICT,
          "A completed response that states tokens of the image tool has a call of it.", _WIRE, ("billing by usage",),
          "`tool_usage.image_gen` with 196 output tokens, and only a message in `output`"),
    _rule("body.free_picture", "usage.implausible", _SHOULD, _ONLY_STRICT, "A picture costs output tokens.", _WIRE,
          ("billing by usage",), '`"usage":{"output_tokens":0,…}` beside a picture'),
    _rule("body.hosted_tool", "image.missing", _MUST, _ALL,
          "The hosted image tool answers with an `image_generation_call`.", _API, (_PY, _NODE, _AI, _LC),
          "a `function_call` named `image_generation`, which the client would have to run"),
    _rule("body.item_ids", "stream.item_identity", _MUST, _ALL, "Every item of a response has its own id.", _API,
          _HELPERS, "two items of `output` with the same `ig_…`"),
    _rule("body.item_status", "answer.status_wrong", _SHOULD, _ONLY_STRICT,
          "A completed response has only finished items and no `incomplete_details`; a queued one has none.", _WIRE,
          ("clients that show a cut answer as complete",),
          '`"status":"completed"` around a message with `"status":"incomplete"`'),
    _rule("body.tool_choice", "option.ignored", _SHOULD, _ONLY_STRICT,
          "A completed response follows the `tool_choice` and the `max_tool_calls` that it states.", _API, _NOBODY,
          '`"tool_choice":"none"` beside an `image_generation_call`'),
    _rule("body.tool_options", "option.misreported", _SHOULD, _ONLY_STRICT,
          "An image call has the size, quality, format and background of the tool that the response states.", _WIRE,
          _NOBODY, 'a tool with `"size":"1536x1024"` beside a call with `"size":"1024x1024"`'),
    _rule("body.times", "answer.fields", _SHOULD, _ONLY_STRICT,
          "An answer begins at a real time, and ends later or not yet.", _WIRE, _NOBODY,
          '`"created":0`, or `completed_at` before `created_at`'),
    _rule("body.link", "image.link_broken", _SHOULD, _ONLY_STRICT,
          "The link to a picture is a public http(s) address.", _API, ("downloaders",),
          "a data URI, or `http://10.0.0.5/a.png`, in `url`"),
    _rule("body.link_form", "image.link_broken", _MUST, _ALL,
          "The link to a picture is an absolute http(s) address.", _API, (_PY, _NODE, _AI, _LC),
          "a path without a host, Markdown, or another scheme in `url`"),
    _rule("body.words", "answer.fields", _SHOULD, _ONLY_STRICT,
          "A field without a value is null or left out, not a word.", _WIRE, _NOBODY,
          '`"quality":"None"`, `"previous_response_id":"null"`'),
    _rule("body.error_words", "errors.no_envelope", _SHOULD, _ONLY_STRICT,
          "The fields of an error are null where there is no value; `code` is no status, `message` no JSON.", _WIRE,
          ("clients that branch on `type` or `code`",), '`"type":"None"`, `"param":"null"`, `"code":"400"`'),
)  # fmt: skip

_ASKED: Final = (
    _rule("asked.done", "option.ignored", _MUST, _ALL,
          "The pictures have the number, size, format and background that were asked for (`check --asked`).",
          _API, ("every client",), "`--asked '{\"size\":\"1536x1024\"}'` and a picture of 1024x1024"),
    _rule("asked.stated", "option.ignored", _SHOULD, _ONLY_STRICT,
          "The answer states the quality and the background that were asked for (`check --asked`).", _API, _NOBODY,
          "`--asked '{\"quality\":\"high\"}'` and `\"quality\":\"low\"` in the answer"),
)  # fmt: skip

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule.id: rule for rule in (*_FRAMING, *_EVENTS, *_ORDER, *_BODIES, *_ASKED)}
)
"""Every rule by its id, in the order in which `gateprobe explain` lists them."""


def rules_of(capability: str) -> tuple[Rule, ...]:
    """Return the rules of one capability (`stream.order`), in order; none for a capability without rules."""
    return tuple(rule for rule in RULES.values() if rule.capability == capability)


HEARTBEATS: Final = frozenset({"ping", "heartbeat", "keepalive"})
"""Types of events that carry nothing and keep a connection alive; OpenAI sends `keepalive` (recorded)."""


def fault_kind_of(violation: Violation) -> str:
    """Return the kind of fault of a violation: its own, that of heartbeats where it is one, or else its rule's."""
    rule = RULES[violation.rule]
    is_heartbeat = rule.fault_kind == "stream.foreign_events" and violation.type in HEARTBEATS
    return violation.fault_kind or ("stream.heartbeat_form" if is_heartbeat else rule.fault_kind)
