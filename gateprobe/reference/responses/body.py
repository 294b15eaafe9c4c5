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
_TIERS: Final = {"auto": "default", "fast": "priority"}
"""The tiers that serve a request under another name (OpenAI's client)."""
_CACHE: Final[dict[str, Json]] = {"mode": "implicit", "ttl": "30m"}
_CATEGORIES: Final = ("harassment", "hate", "self-harm", "sexual", "violence", "violence/graphic")
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
    tier = str(request.fields.get("service_tier") or "auto")
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
        "moderation": _moderation(request) if status == "completed" else None,
        **_cache(request),
        "reasoning": {"effort": "medium", "summary": None} | (request.fields.get("reasoning") or {}),
        "service_tier": _TIERS.get(tier, tier) if status == "completed" else tier,
        "text": {"format": {"type": "text"}, "verbosity": "medium"} | (request.fields.get("text") or {}),
        "tool_usage": {
            "image_gen": (images or ImageUsage()).as_json(),
            "web_search": {"num_requests": 0},
        },
        "tools": list(request.tools.echo),
        "usage": usage,
    }


def _moderation(request: Request) -> Json:
    """Return the moderation results of the input and the output, where the request asks for them; null otherwise."""
    asked = request.fields.get("moderation")
    if not isinstance(asked, dict):
        return None
    result: dict[str, Json] = {
        "type": "moderation_result",
        "model": asked["model"],
        "flagged": False,
        "categories": dict.fromkeys(_CATEGORIES, False),
        "category_scores": dict.fromkeys(_CATEGORIES, 0.0001),
        "category_applied_input_types": {category: ["text"] for category in _CATEGORIES},
    }
    return {"input": result, "output": result}


def _cache(request: Request) -> dict[str, Json]:
    """Return the options of the prompt cache that applied, where the request states some."""
    asked = request.fields.get("prompt_cache_options")
    if not isinstance(asked, dict):
        return {}
    applied = {name: value for name, value in asked.items() if name != "prewarm" and value is not None}
    options: dict[str, Json] = {"prompt_cache_options": {**_CACHE, **applied}}
    if "comparison_response_id" in applied:
        options["prompt_cache_diagnostics"] = {"type": "unavailable"}
    return options


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
