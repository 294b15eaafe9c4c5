"""The client for Python: one function for each capability, which raises where the reference does otherwise."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from openai import BadRequestError, NotFoundError, OpenAI
from PIL import Image

_TEXT: Final = "gpt-5.5"
_IMAGE: Final = "gpt-image-2.6-sunburst"
_TOOL: Final[dict[str, Any]] = {"type": "image_generation", "quality": "low"}
_FUNCTION: Final[dict[str, Any]] = {
    "type": "function",
    "name": "note",
    "parameters": {"type": "object"},
    "strict": False,
}

Drive = Callable[[OpenAI], None]


def expect(value: object, what: str) -> None:
    """Raise AssertionError where something does not hold."""
    if not value:
        raise AssertionError(what)


@contextmanager
def _refused(param: str) -> Iterator[None]:
    """Expect a refusal that names a parameter."""
    try:
        yield
    except BadRequestError as error:
        expect(error.param == param, f"{error.param} is named, expected {param}")
    else:
        raise AssertionError(f"{param} was accepted")


def _ask(client: OpenAI, asked: Any, **options: Any) -> Any:
    return client.responses.create(model=_TEXT, input=asked, **options)


def _socket(client: OpenAI, *messages: dict[str, Any], ends: int, steer: str = "") -> list[dict[str, Any]]:
    """Send messages over one WebSocket, and return the events until so many responses have ended."""
    events: list[dict[str, Any]] = []
    with client.responses.connect(websocket_connection_options={"max_size": None}) as connection:
        for message in messages:
            asked: Any = {"type": "response.create", "model": _TEXT, **message}
            connection.send(asked)
        while sum(event["type"] in {"response.completed", "response.incomplete"} for event in events) < ends:
            event: dict[str, Any] = connection.recv().to_dict()
            events.append(event)
            if steer and event["type"] == "response.created" and len(events) == 1:
                name = event["response"]["id"]
                connection.send({"type": "response.steer", "previous_response_id": name, "input": steer})
    return events


def _said(event: dict[str, Any]) -> str:
    return str(event["response"]["output"][-1]["content"][0]["text"])


def _picture(b64: str | None) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(b64 or "")))


def square() -> bytes:
    """Return a red picture with an alpha channel."""
    buffer = io.BytesIO()
    Image.new("RGBA", (1024, 1024), (220, 20, 20, 255)).save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def gif(client: OpenAI) -> None:
    """Draw an animated GIF."""
    options: Any = {"output_format": "gif", "frame_count": 3, "frame_duration_ms": 120}
    made = client.images.generate(model=_IMAGE, prompt="A red square", quality="low", **options)
    picture: Any = _picture((made.data or [])[0].b64_json)
    expect((picture.format, picture.n_frames) == ("GIF", 3), "a GIF of three frames")


def svg(client: OpenAI) -> None:
    """Draw an SVG."""
    options: Any = {"output_format": "svg", "svg": {"model": _TEXT}}
    made = client.images.generate(model=_IMAGE, prompt="A red square", **options)
    root = ET.fromstring(base64.b64decode((made.data or [])[0].b64_json or ""))  # noqa: S314 - our own reference
    expect(root.tag.endswith("svg"), "an SVG")


def complexity(client: OpenAI) -> None:
    """Take a complexity, and refuse one that does not exist."""
    made = client.images.generate(model=_IMAGE, prompt="A red square", quality="low", extra_body={"complexity": "low"})
    expect(made.data, "a picture")
    with _refused("complexity"):
        client.images.generate(model=_IMAGE, prompt="A red square", extra_body={"complexity": "extreme"})


def markup(client: OpenAI) -> None:
    """Refuse a markup layer beside a mask."""
    layer: Any = ("layer.png", square(), "image/png")
    with _refused("markup"):
        client.images.edit(model=_IMAGE, image=layer, mask=layer, prompt="Blue", markup=layer)


def edit_by_file_id(client: OpenAI) -> None:
    """Edit an uploaded picture, named in a JSON body."""
    name = client.files.create(file=("a.png", square()), purpose="vision").id
    body = {"model": _IMAGE, "prompt": "Make it blue", "quality": "low", "images": [{"file_id": name}]}
    answer: Any = client.post("/images/edits", body=body, cast_to=object)
    expect(_picture(answer["data"][0]["b64_json"]).size == (1024, 1024), "a picture")


def background(client: OpenAI) -> None:
    """Poll a response in the background to its end, and cancel another."""
    response = _ask(client, "Reply with OK", background=True)
    states = [response.status]
    while response.status in {"queued", "in_progress"}:
        response = client.responses.retrieve(response.id)
        states.append(response.status)
    expect(states[0] == "queued" and states[-1] == "completed", f"the states are {states}")
    other = _ask(client, "Count to 400.", background=True)
    expect(client.responses.cancel(other.id).status == "cancelled", "cancelled")


def background_resume(client: OpenAI) -> None:
    """Leave a stream in the background, and go on where it was left."""
    with _ask(client, "Count to 40.", background=True, stream=True) as stream:
        seen = [event for event, _ in zip(stream, range(5), strict=False)]
    name = seen[0].response.id
    rest = client.responses.retrieve(name, stream=True, starting_after=seen[-1].sequence_number)
    numbers = [event.sequence_number for event in (*seen, *rest)]
    expect(numbers == list(range(len(numbers))), "every event once")


def background_plain_stream(client: OpenAI) -> None:
    """Ask for the stream of a response that was not begun as one, which is refused."""
    try:
        list(client.responses.retrieve(_ask(client, "Reply with OK").id, stream=True))
    except NotFoundError:
        return
    raise AssertionError("a response in the foreground was streamed again")


def obfuscation(client: OpenAI) -> None:
    """Leave random characters out of a stream."""
    stream = _ask(client, "Count to 20.", stream=True, stream_options={"include_obfuscation": False})
    expect(not any("obfuscation" in event.to_dict() for event in stream), "no obfuscation")


def tool_choice_required(client: OpenAI) -> None:
    """Demand the image tool, by "required" and by allowed_tools."""
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "image_generation"}]}
    for choice in ("required", allowed):
        response = _ask(client, "Reply with OK", tools=[_TOOL], tool_choice=choice)
        expect(any(item.type == "image_generation_call" for item in response.output), f"a picture by {choice}")


def function_beside_tool(client: OpenAI) -> None:
    """Demand a function beside the image tool, and send its output back."""
    choice = {"type": "function", "name": "note"}
    response = _ask(client, "Note red.", tools=[_FUNCTION, _TOOL], tool_choice=choice)
    call = next(item for item in response.output if item.type == "function_call")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "noted"}
    asked = [{"role": "user", "content": "Note red."}, call, output, {"role": "user", "content": "Reply with OK"}]
    expect(_ask(client, asked, tools=[_FUNCTION, _TOOL], tool_choice="none").output_text == "OK", "OK")


def encrypted_reasoning(client: OpenAI) -> None:
    """Keep encrypted reasoning of a response that is not stored, and send it back."""
    options: dict[str, Any] = {
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "low"},
    }
    response = _ask(client, "Reply with OK", **options)
    expect(response.output[0].encrypted_content, "encrypted reasoning")
    expect(
        _ask(client, [*response.output, {"role": "user", "content": "Reply with OK"}], **options).output_text, "text"
    )


def conversation(client: OpenAI) -> None:
    """Continue a conversation by its id."""
    name = client.conversations.create().id
    _ask(client, "Remember the word kumquat.", conversation=name)
    expect(_ask(client, "Which word was it?", conversation=name).output_text == "kumquat", "the word")
    expect(client.conversations.delete(name).deleted, "deleted")


def max_tool_calls(client: OpenAI) -> None:
    """Draw one picture where two are asked for in words."""
    prompt = "Draw 2 different pictures: 1) a red circle 2) a blue square"
    response = _ask(client, prompt, tools=[_TOOL], max_tool_calls=1)
    expect(sum(item.type == "image_generation_call" for item in response.output) == 1, "one call")


def fields_repeated(client: OpenAI) -> None:
    """Repeat the fields of a request."""
    fields = {"prompt_cache_key": "key", "safety_identifier": "someone", "max_tool_calls": 2, "metadata": {"a": "b"}}
    response = _ask(client, "Reply with OK", **fields).to_dict()
    expect({name: response[name] for name in fields} == fields, "the fields come back")


def fields_accepted(client: OpenAI) -> None:
    """Send fields that only the newest clients have."""
    fields: dict[str, Any] = {
        "context_management": [{"type": "compaction", "compact_threshold": 100_000}],
        "image": {"context_compression": "auto"},
        "prompt_cache_options": {"mode": "explicit", "ttl": "12h"},
        "text": {"verbosity": "low"},
    }
    response = _ask(client, "Reply with OK", **fields)
    expect(response.output_text == "OK", "OK")
    expect(response.prompt_cache_options.ttl == "12h", "the lifetime of the cache")


def service_tier(client: OpenAI) -> None:
    """Ask for tiers, and read the one that served."""
    tiers = {tier: _ask(client, "Reply with OK", service_tier=tier).service_tier for tier in ("auto", "fast", "flex")}
    expect(tiers == {"auto": "default", "fast": "priority", "flex": "flex"}, f"the tiers are {tiers}")


def moderation(client: OpenAI) -> None:
    """Ask for moderation results of the input and the output."""
    asked = {"model": "omni-moderation-latest", "policy": {"input": {"mode": "score"}}}
    results = _ask(client, "Reply with OK", moderation=asked).moderation
    expect({results.input.type, results.output.type} == {"moderation_result"}, "two results")


def input_fidelity(client: OpenAI) -> None:
    """Change a picture by the tool with a model that takes input_fidelity."""
    link = f"data:image/png;base64,{base64.b64encode(square()).decode()}"
    content = [{"type": "input_text", "text": "Make it blue"}, {"type": "input_image", "image_url": link}]
    tool = _TOOL | {"model": "gpt-image-1.5", "input_fidelity": "high"}
    response = _ask(client, [{"role": "user", "content": content}], tools=[tool])
    expect(any(item.type == "image_generation_call" for item in response.output), "a picture")


def input_file_id(client: OpenAI) -> None:
    """Change an uploaded picture by the tool, named by its id."""
    name = client.files.create(file=("a.png", square()), purpose="vision").id
    content = [{"type": "input_text", "text": "Make it blue"}, {"type": "input_image", "file_id": name}]
    response = _ask(client, [{"role": "user", "content": content}], tools=[_TOOL])
    expect(any(item.type == "image_generation_call" for item in response.output), "a picture")


def models_end(client: OpenAI) -> None:
    """List models, none of which has ended."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    ends = [model.to_dict().get("shutdown_date") for model in client.models.list()]
    expect(ends and all(end is None or str(end) > today for end in ends), "no model that has ended")


def large_message(client: OpenAI) -> None:
    """Send a message of 17 MiB over a WebSocket."""
    long = {"role": "developer", "content": "a" * (17 << 20)}
    events = _socket(client, {"input": [long, {"role": "user", "content": "Reply with OK"}]}, ends=1)
    expect(_said(events[-1]) == "OK", "OK")


def input_items(client: OpenAI) -> None:
    """List the input of a stored response."""
    items = list(client.responses.input_items.list(_ask(client, "Reply with OK").id))
    expect(len(items) == 1, "one item")


def websocket_lanes(client: OpenAI) -> None:
    """Ask for two responses at once on two lanes."""
    asked = [{"input": f"Count to {number}.", "stream_id": lane} for lane, number in (("a", 30), ("b", 40))]
    events = _socket(client, *asked, ends=2)
    ends = {event["stream_id"]: _said(event) for event in events if event["type"] == "response.completed"}
    expect((ends["a"][-2:], ends["b"][-2:]) == ("30", "40"), "each lane has its own answer")


def websocket_warm_up(client: OpenAI) -> None:
    """Prepare a response without output by `generate: false`."""
    events = _socket(client, {"input": "Remember the word kumquat.", "generate": False}, ends=1)
    expect(events[-1]["response"]["output"] == [], "no output")


def websocket_steer(client: OpenAI) -> None:
    """Steer a running response to another answer."""
    events = _socket(client, {"input": "Count to 400."}, ends=2, steer="Reply with the single word: mango.")
    expect(any(event["type"] == "response.steer.accepted" for event in events), "accepted")
    expect(re.search("mango", _said(events[-1])), "the successor follows")


DRIVES: Final[dict[str, Drive]] = {
    name: function
    for name, function in list(globals().items())
    if not name.startswith("_") and getattr(function, "__annotations__", {}).get("client")
}
"""The drives by name."""
