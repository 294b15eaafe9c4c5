"""Judge a body against itself: ids, times, states, tokens and pictures that one object states and that disagree."""

from __future__ import annotations

import re
from math import floor, isfinite
from typing import TYPE_CHECKING, Final

from gateprobe.message import Message, message
from gateprobe.stream.calls import judge_calls
from gateprobe.stream.keywords.base import Breach, Doubt
from gateprobe.stream.keywords.identity import SCRUBBED
from gateprobe.stream.model import AnswerKind
from gateprobe.stream.payload.error_words import is_word_for_nothing
from gateprobe.urls import link_problem, network_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateprobe.model import Json

_USAGE: Final = ("input_tokens", "output_tokens", "total_tokens")
_UNFINISHED: Final = frozenset({"queued", "in_progress", "incomplete"})
_IMAGE_NAME: Final = re.compile(r"image|draw|dall", re.IGNORECASE)
_CALL: Final = "image_generation_call"
_TOOL: Final = "image_generation"


def judge_consistency(kind: AnswerKind, body: dict[str, Json], breaches: list[Breach]) -> None:
    """Append what one field of a Response or of an Images answer says against another."""
    if kind is AnswerKind.RESPONSE:
        breaches += [*_times(body), *_repeated_ids(body), *_usage(body.get("usage")), *_words(body), *_early(body)]
        tools = body.get("tool_usage")
        breaches += _usage(tools.get("image_gen"), "tool_usage.image_gen") if isinstance(tools, dict) else ()
        if body.get("status") == "completed":
            breaches += [*_states(body), *_spent(body), *_replaced_tool(body), *judge_calls(body)]
    elif kind is AnswerKind.IMAGES_BODY:
        breaches += [
            *_words(body),
            *_times(body),
            *_usage(body.get("usage")),
            *_links(body),
            *_free_pictures(body),
        ]


def judge_end(event_type: str, event: dict[str, Json]) -> list[Breach]:
    """Return the contradictions within the Response, or the picture, at the end of a stream."""
    response = event.get("response")
    if event_type.startswith("response.") and isinstance(response, dict):
        breaches: list[Breach] = []
        judge_consistency(AnswerKind.RESPONSE, response, breaches)
        return breaches
    return [*_times(event), *_usage(event.get("usage"))] if event_type.startswith("image_") else []


def _items(body: dict[str, Json]) -> Iterator[tuple[int, dict[str, Json]]]:
    output = body.get("output")
    for at, item in enumerate(output if isinstance(output, list) else ()):
        if isinstance(item, dict):
            yield at, item


def _times(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield a time that is no time, and an end before its beginning; one of both may lack fractions of a second."""
    created, completed = body.get("created_at", body.get("created")), body.get("completed_at")
    name = "created_at" if "created_at" in body else "created"
    if not isinstance(created, int | float):
        return
    masked = isinstance(body.get("id"), str) and SCRUBBED.search(body["id"])
    if created == 0 and not masked:
        yield Breach("stream.body.times", None, message("`{name}` is 0, which is not a time", name=name))
    status = body.get("status")
    if isinstance(completed, int | float) and status in _UNFINISHED:
        pending = message(
            "the response is {status}, but `completed_at` is {completed}", status=status, completed=completed
        )
        yield Breach("stream.body.times", None, pending)
    elif isinstance(completed, int | float) and isfinite(created) and completed < floor(created):
        early = message(
            "`completed_at` ({completed}) is before `{name}` ({created})",
            completed=completed,
            name=name,
            created=created,
        )
        yield Breach("stream.body.times", None, early)


def _repeated_ids(body: dict[str, Json]) -> Iterator[Breach]:
    seen: dict[str, int] = {}
    for at, item in _items(body):
        name = item.get("id")
        if not isinstance(name, str):
            continue
        if name in seen:
            twice = message("output[{at}] has the id {id!q} of output[{first}]", at=at, id=name, first=seen[name])
            doubt = Doubt.SHORTENED if SCRUBBED.search(name) else Doubt.NONE
            yield Breach("stream.body.item_ids", None, twice, doubt)
            return
        seen[name] = at


def _early(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield the output of a response that waits for its turn."""
    output = body.get("output")
    if body.get("status") == "queued" and output:
        early = message("the response is queued, but `output` has items: {number}", number=sum(1 for _ in _items(body)))
        yield Breach("stream.body.item_status", None, early)


def _states(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield an item of a completed response that is not done, and details of why it would be incomplete."""
    details = body.get("incomplete_details")
    if isinstance(details, dict) and details:
        reason = str(details.get("reason"))[:80]
        stated = message(
            "the response is completed, but `incomplete_details` states the reason {reason!q}", reason=reason
        )
        yield Breach("stream.body.item_status", None, stated)
        return
    for at, item in _items(body):
        status = item.get("status")
        if isinstance(status, str) and status in _UNFINISHED and not _is_called_by_program(item):
            unfinished = message(
                "the response is completed, but output[{at}] ({type}) is {status!q}",
                at=at,
                type=item.get("type") if isinstance(item.get("type"), str) else message("without a type"),
                status=status,
            )
            yield Breach("stream.body.item_status", None, unfinished)
            return
        error = item.get("error")
        if item.get("type") == _CALL and status == "completed" and isinstance(error, dict) and error:
            failed = message(
                "output[{at}] is completed, but has the error {code!q}", at=at, code=str(error.get("code"))[:80]
            )
            yield Breach("stream.body.item_status", None, failed)
            return


def _is_called_by_program(item: dict[str, Json]) -> bool:
    """Return whether a program made a call, which then is in progress until the client answers it (recorded)."""
    caller = item.get("caller")
    return item.get("type") == "function_call" and isinstance(caller, dict) and caller.get("type") == "program"


def _spent(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield tokens that were spent on nothing, and a picture that took none."""
    output, written = body.get("output"), _tokens(body.get("usage"))
    if output == [] and written:
        empty = message("`usage` states {written:,} output tokens, but `output` is empty", written=written)
        yield Breach("stream.body.output", None, empty)
    tools = body.get("tool_usage")
    drawn = _tokens(tools.get("image_gen")) if isinstance(tools, dict) else None
    calls = [item for _, item in _items(body) if item.get("type") == _CALL]
    if drawn and not calls and output:
        lost = message(
            "`tool_usage.image_gen` states {drawn:,} output tokens, but `output` has no image_generation_call",
            drawn=drawn,
        )
        yield Breach("stream.body.spent", None, lost)
    if drawn == 0 and any(item.get("result") for item in calls):
        yield Breach("stream.body.free_picture", None, _free("tool_usage.image_gen"))


def _free(name: str) -> Message:
    return message("a picture came, but `{name}` states 0 output tokens", name=name)


def _free_pictures(body: dict[str, Json]) -> Iterator[Breach]:
    if body.get("data") and _tokens(body.get("usage")) == 0:
        yield Breach("stream.body.free_picture", None, _free("usage"))


def _replaced_tool(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield a function call that came where the hosted tool was to draw."""
    tools = body.get("tools")
    listed = [tool for tool in (tools if isinstance(tools, list) else ()) if isinstance(tool, dict)]
    functions = {tool.get("name") for tool in listed if tool.get("type") in {"function", "custom"}}
    if not any(tool.get("type") == _TOOL for tool in listed):
        return
    for at, item in _items(body):
        name = item.get("name")
        if item.get("type") not in {"function_call", "custom_tool_call", "mcp_call"} or not isinstance(name, str):
            continue
        if name not in functions and _IMAGE_NAME.search(name):
            replaced = message(
                "output[{at}] is a {type} ({name!q}) in place of the hosted tool's image_generation_call",
                at=at,
                type=item["type"],
                name=name,
            )
            yield Breach("stream.body.hosted_tool", None, replaced)
            return


_WORDS: Final = ("id", "model", "size", "quality", "background", "output_format", "previous_response_id", "action")


def _words(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield the fields that hold a word for nothing."""
    holders = [("", body), *((f"output[{at}].", item) for at, item in _items(body))]
    for place, holder in holders:
        field = next((field for field in _WORDS if is_word_for_nothing(holder.get(field))), None)
        if field is not None:
            text = message("`{place}{field}` is the word {value!q}", place=place, field=field, value=holder[field])
            yield Breach("stream.body.words", None, text)
            return


def _links(body: dict[str, Json]) -> Iterator[Breach]:
    data = body.get("data")
    for at, entry in enumerate(data if isinstance(data, list) else ()):
        link = entry.get("url") if isinstance(entry, dict) else None
        if not isinstance(link, str) or not link:
            continue
        problem = link_problem(link)
        if problem is not None and not link.startswith("data:"):
            yield Breach("stream.body.link_form", None, message("data[{at}].url: {problem}", at=at, problem=problem))
        elif problem := problem or network_problem(link):
            yield Breach("stream.body.link", None, message("data[{at}].url: {problem}", at=at, problem=problem))


def _usage(usage: Json, name: str = "usage") -> Iterator[Breach]:
    """Yield tokens that do not add up; `name` is where they are stated."""
    if not isinstance(usage, dict):
        return
    read, written, total = (usage.get(field) for field in _USAGE)
    if type(read) is int and type(written) is int and type(total) is int and read + written != total:
        text = message(
            "`{name}` states {read:,} input and {written:,} output tokens, and {total:,} in total",
            name=name,
            read=read,
            written=written,
            total=total,
        )
        yield Breach("stream.body.usage", None, text)
    for side in ("input", "output"):
        whole, details = usage.get(f"{side}_tokens"), usage.get(f"{side}_tokens_details")
        if type(whole) is not int or not isinstance(details, dict):
            continue
        excess = next((field for field, part in details.items() if type(part) is int and part > whole), None)
        if excess is not None:
            text = message(
                "`{name}.{side}_tokens_details.{field}` is {part:,}, more than the {whole:,} of `{side}_tokens`",
                name=name,
                side=side,
                field=excess,
                part=details[excess],
                whole=whole,
            )
            yield Breach("stream.body.usage", None, text)


def _tokens(usage: Json) -> int | None:
    written = usage.get("output_tokens") if isinstance(usage, dict) else None
    return written if type(written) is int else None
