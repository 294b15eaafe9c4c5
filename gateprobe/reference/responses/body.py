"""The Response object, with every key that the wire always carries (377 recorded bodies, 2025 to 2026)."""

from __future__ import annotations

from typing import Final

from gateprobe.model import Json
from gateprobe.reference.responses.request import Request
from gateprobe.reference.tokens import ImageUsage, text_tokens

_ECHOED: Final[dict[str, Json]] = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "moderation": None,
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 0.98,
    "truncation": "disabled",
    "user": None,
}
_TOOL_OVERHEAD: Final = 1590
"""Input tokens that the hosted tool's own instructions cost (VibeAPI measured about 1670 in all)."""
_CALL_COST: Final = 57
_REASONING_COST: Final = 64


def response_body(
    request: Request,
    *,
    name: str,
    created: int,
    status: str,
    output: list[Json],
    usage: Json = None,
    images: ImageUsage | None = None,
    cut: str = "",
    completed: int | None = None,
    error: Json = None,
) -> dict[str, Json]:
    """Make the object in one of its states; `usage` is null until the terminal one, `cut` is why it is incomplete."""
    given = {key: value for key, value in request.fields.items() if key in _ECHOED and value is not None}
    tier = request.fields.get("service_tier") or "auto"
    incomplete = {"reason": cut} if status == "incomplete" else None
    return {
        "id": name,
        "object": "response",
        "created_at": created,
        "status": status,
        "completed_at": completed,
        "error": error,
        "incomplete_details": incomplete,
        "model": request.model,
        "output": output,
        **_ECHOED,
        **given,
        **({"conversation": {"id": request.conversation}} if request.conversation else {}),
        "reasoning": {"effort": "medium", "summary": None} | (request.fields.get("reasoning") or {}),
        "service_tier": "default" if status == "completed" and tier == "auto" else tier,
        "text": {"format": {"type": "text"}, "verbosity": "medium"} | (request.fields.get("text") or {}),
        "tool_usage": {
            "image_gen": (images or ImageUsage()).as_json(),
            "web_search": {"num_requests": 0},
        },
        "tools": list(request.tools.echo),
        "usage": usage,
    }


def text_usage(request: Request, answer: str, *, calls: int, reasoned: bool) -> dict[str, Json]:
    """Count the text model's tokens: the conversation in, the answer and the tool calls out."""
    texts = [getattr(each, "text", "") for each in request.context]
    instructions = request.fields.get("instructions")
    into = sum(text_tokens(text) for text in texts) + (_TOOL_OVERHEAD if request.tools.image else 7)
    into += text_tokens(instructions) if isinstance(instructions, str) else 0
    thought = _REASONING_COST if reasoned else 0
    out = thought + calls * _CALL_COST + (text_tokens(answer) if answer else 0)
    return {
        "input_tokens": into,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": out,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": into + out,
    }
