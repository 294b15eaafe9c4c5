"""Which fields and values of a request the reference takes, shown by sending each of them to it.

Every prompt is one that the safety system blocks, and everything else is checked before: a refusal for the prompt's
sake shows that the field was taken, and nothing is drawn.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from PIL import Image
from websockets.sync.client import connect

from docs.tools.sdk.surfaces import Fact
from gateprobe.reference import serve
from gateprobe.reference.responses.endpoint import RETRIEVE_PARAMETERS

_PROMPT: Final = "Draw a picture of gore."
_MODEL: Final = "gpt-image-2.6-sunburst"
_TEXT: Final = "gpt-5.5"
_NOT_TAKEN: Final = ("unknown_parameter", "invalid_type", "missing_required_parameter")

_SAMPLES: Final[dict[str, Any]] = {
    "n": 1,
    "stream": True,
    "user": "someone",
    "style": "vivid",
    "size": "1024x1024",
    "quality": "low",
    "background": "opaque",
    "moderation": "auto",
    "complexity": "low",
    "output_format": "png",
    "output_compression": 50,
    "partial_images": 0,
    "response_format": "b64_json",
    "input_fidelity": "high",
    "safety_identifier": "someone",
    "frame_count": 2,
    "frame_duration_ms": 200,
    "svg": {"model": _TEXT},
    "svg.model": _TEXT,
    "svg.reasoning": {"effort": "low"},
    "svg.reasoning.effort": "low",
}
_TOOL_SAMPLES: Final[dict[str, Any]] = _SAMPLES | {
    "type": "image_generation",
    "action": "auto",
    "model": _MODEL,
}
_RESPONSE_SAMPLES: Final[dict[str, Any]] = {
    "access_programs": {"cyber": "standard"},
    "background": True,
    "background_options": {"completion_window": "soonest"},
    "background_options.completion_window": "soonest",
    "background_options.continuation_id": "next",
    "access_programs.cyber": "standard",
    "context_management": [{"type": "compaction"}],
    "context_management.type": "compaction",
    "context_management.compact_threshold": 1000,
    "conversation": "conv_1",
    "conversation.id": "conv_1",
    "generate": True,
    "image": {"context_compression": "auto"},
    "image.context_compression": "auto",
    "include": [],
    "instructions": "Be brief.",
    "max_output_tokens": 100,
    "max_tool_calls": 1,
    "metadata": {"a": "b"},
    "moderation": {"model": "omni-moderation-latest"},
    "moderation.model": "omni-moderation-latest",
    "moderation.policy": {},
    "moderation.policy.input": {"mode": "score"},
    "moderation.policy.input.mode": "score",
    "moderation.policy.output": {"mode": "score"},
    "moderation.policy.output.mode": "score",
    "parallel_tool_calls": True,
    "previous_response_id": "resp_none",
    "prompt": {"id": "pmpt_1"},
    "prompt_cache_key": "key",
    "prompt_cache_options": {"mode": "implicit"},
    "prompt_cache_options.comparison_response_id": "resp_none",
    "prompt_cache_options.mode": "implicit",
    "prompt_cache_options.prewarm": False,
    "prompt_cache_options.ttl": "30m",
    "prompt_cache_retention": "24h",
    "reasoning": {"effort": "low"},
    "safety_identifier": "someone",
    "service_tier": "auto",
    "store": True,
    "stream": True,
    "stream_id": "lane",
    "stream_options": {"include_obfuscation": False},
    "stream_options.include_obfuscation": False,
    "temperature": 1,
    "text": {"verbosity": "low"},
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1,
    "truncation": "auto",
    "user": "someone",
}
_LISTS: Final = frozenset({"include", "context_management"})


@contextmanager
def taking() -> Iterator[Reference]:
    """Serve the reference of OpenAI while the block lasts."""
    with serve("openai") as served:
        headers = {"authorization": f"Bearer {served.key}"}
        with httpx.Client(base_url=f"{served.url}/", headers=headers, timeout=60) as client:
            yield Reference(client, served.url.replace("http", "ws", 1), headers)


class Reference:
    """The running reference; `__call__` returns whether it takes a request that holds a fact."""

    def __init__(self, client: httpx.Client, socket: str, headers: dict[str, str]) -> None:
        self._client = client
        self._socket = socket
        self._headers = headers

    def __call__(self, fact: Fact) -> bool:
        """Send a request that holds the fact, and read what became of it."""
        ask = {
            "images.generate": self._generate,
            "images.edit": self._edit,
            "tool image_generation": self._tool,
            "responses.create": self._create,
            "responses.create over WebSocket": self._over_socket,
            "tool_choice allowed_tools": self._allowed,
            "responses.retrieve": self._retrieve,
        }.get(fact.surface)
        if ask is not None:
            return _is_taken(fact, ask(fact))
        return self._steer(fact) if fact.surface == "responses.steer" else self._lists(fact)

    def _generate(self, fact: Fact) -> dict[str, Any]:
        body = {"model": _model(fact), "prompt": _PROMPT, **_companions(fact.field, fact.value)}
        return _error(self._client.post("images/generations", json=_with(body, fact, _SAMPLES)))

    def _edit(self, fact: Fact) -> dict[str, Any]:
        """Every edit has a picture, so one without another field shows that `image` is taken."""
        files = [("image", ("a.png", _png(), "image/png"))]
        if fact.field in {"image", "mask", "markup"}:
            files = [*files, (fact.field, ("b.png", _png(), "image/png"))]
            body: dict[str, Any] = {}
        else:
            body = _with(_companions(fact.field, fact.value), fact, _SAMPLES)
        form = dict(_flat({"model": _model(fact), "prompt": _PROMPT, **body}))
        return _error(self._client.post("images/edits", data=form, files=files))

    def _tool(self, fact: Fact) -> dict[str, Any]:
        if fact.field.startswith("input_image_mask"):
            body = {"input_image_mask": {fact.field.partition(".")[2] or "file_id": "file-none"}}
        else:
            body = _with(_companions(fact.field, fact.value), fact, _TOOL_SAMPLES)
        tool = {"type": "image_generation", "model": _model(fact), **body}
        return _error(self._client.post("responses", json={"model": _TEXT, "input": _PROMPT, "tools": [tool]}))

    def _create(self, fact: Fact) -> dict[str, Any]:
        return _error(self._client.post("responses", json=self._response_body(fact)))

    def _response_body(self, fact: Fact) -> dict[str, Any]:
        body: dict[str, Any] = {"model": _TEXT, "input": _PROMPT, "tools": [{"type": "image_generation"}]}
        if fact.field.startswith("background_options"):
            body["background"] = True
        return body if fact.field in {*body, "type"} else _with(body, fact, _RESPONSE_SAMPLES)

    def _lists(self, fact: Fact) -> bool:
        """Return whether a tool or an item of a type is taken: it may lack its fields, but its type is known."""
        field = "tools" if fact.surface == "tools of a request" else "input"
        body = {"model": _TEXT, "input": "Say yes.", field: [{"type": fact.field}]}
        error = self._client.post("responses", json=body).json().get("error") or {}
        return not str(error.get("param")).endswith("].type")

    def _allowed(self, fact: Fact) -> dict[str, Any]:
        tools = [{"type": "image_generation"}]
        choice: dict[str, Any] = {"type": "allowed_tools", "mode": "auto", "tools": tools}
        choice = choice if fact.field in choice and not fact.value else choice | {fact.field: fact.value or "no sample"}
        body = {"model": _TEXT, "input": _PROMPT, "tools": tools, "tool_choice": choice}
        return _error(self._client.post("responses", json=body))

    def _retrieve(self, fact: Fact) -> dict[str, Any]:
        if fact.field not in RETRIEVE_PARAMETERS:
            return {"error": {"code": "unknown_parameter", "param": fact.field}}
        made = self._client.post("responses", json={"model": _TEXT, "input": "Say yes.", "background": True}).json()
        query: dict[str, Any] = {"stream": "true", "starting_after": 1, "include_obfuscation": "false"}
        asked = fact.value or query.get(fact.field, "reasoning.encrypted_content")
        return _error(self._client.get(f"responses/{made.get('id')}", params={"stream": "true", fact.field: asked}))

    def _over_socket(self, fact: Fact) -> dict[str, Any]:
        with connect(f"{self._socket}/responses", additional_headers=self._headers) as socket:
            kind = fact.value if fact.field == "type" and fact.value else "response.create"
            socket.send(json.dumps({"type": kind, **self._response_body(fact)}))
            event: dict[str, Any] = json.loads(socket.recv())
        return event if event["type"] == "error" else {}

    def _steer(self, fact: Fact) -> bool:
        steer = {"type": "response.steer", "previous_response_id": "resp_none", "input": "More."}
        if fact.field not in steer or fact.value:
            steer[fact.field] = fact.value or "no sample"
        with connect(f"{self._socket}/responses", additional_headers=self._headers) as socket:
            socket.send(json.dumps(steer))
            answer = json.loads(socket.recv())
        return bool(answer["error"]["code"] == "response_not_found")


def _error(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of a refusal; empty for an answer."""
    return {} if answer.is_success else dict(answer.json())


_LIST_PLACE: Final = re.compile(r"\[\d+\]")
_CONTAINERS: Final = {"tool image_generation": "tools.", "tool_choice allowed_tools": "tool_choice."}
"""Where the fields of a surface stand in a request, unless at its top."""


def _is_taken(fact: Fact, answer: dict[str, Any]) -> bool:
    """Return whether an answer refuses neither the field nor its value as not existing."""
    error = answer.get("error") or {}
    code, param = error.get("code"), _LIST_PLACE.sub("", error.get("param") or "")
    container = _CONTAINERS.get(fact.surface, "")
    if (
        param != container.rstrip(".")
        and param.removeprefix(container).partition(".")[0] != fact.field.partition(".")[0]
    ):
        return True
    return code not in _NOT_TAKEN and not (code == "invalid_value" and "Supported values" in error["message"])


def _model(fact: Fact) -> str:
    """Return a model that has the field: the newest ones have no `input_fidelity`."""
    return "gpt-image-1.5" if fact.field == "input_fidelity" else _MODEL


def _with(body: dict[str, Any], fact: Fact, samples: dict[str, Any]) -> dict[str, Any]:
    """Return a body with the field of a fact; a field without a sample is sent as null-like text, which is refused."""
    value: Any = fact.value or samples.get(fact.field, body.get(fact.field, "no sample"))
    head, *rest = fact.field.split(".")
    for name in reversed(rest):
        value = {name: value}
    if rest:
        value = {**samples.get(head, {}), **value} if isinstance(samples.get(head), dict) else value
    if head in _LISTS and not isinstance(value, list):
        value = [value if not rest else {"type": "compaction", **value}]
    if head == "moderation" and rest:
        value = {"model": "omni-moderation-latest", **value}
    return {**body, head: value}


def _companions(field: str, value: str) -> dict[str, Any]:
    """Return what a field needs beside it."""
    if field.startswith("frame_"):
        return {"output_format": "gif"}
    if field.startswith("svg"):
        return {"output_format": "svg"}
    if field == "output_compression":
        return {"output_format": "webp"}
    if value == "svg":
        return {"svg": {"model": _TEXT}}
    return {"stream": True} if field == "partial_images" else {}


def _flat(body: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Write nested fields as a form has them: `svg[model]`."""
    for name, value in body.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, dict):
            yield from _flat(value, key)
        else:
            yield key, "true" if value is True else str(value)


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(buffer, "png")
    return buffer.getvalue()
