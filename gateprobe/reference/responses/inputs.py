"""Reading `input`: a string, or items of every kind that an image conversation needs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.uploads import from_base64, from_part
from gateprobe.reference.fields import bad_type, bad_value, missing, refuse, unknown
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.responses.conversation import Context, DrawnPicture, TextMessage
from gateprobe.reference.state import Conversation, PersonaState

_ROLES: Final = ("assistant", "system", "developer", "user")
_PARTS: Final = ("input_text", "input_image", "output_text", "refusal", "input_file", "summary_text")
_TEXTS: Final = frozenset({"input_text", "output_text", "summary_text", "refusal"})
_OUTPUTS: Final = ("function_call_output", "custom_tool_call_output")
"""Items that say something to the model in their `output`."""
_PASSED_OVER: Final = (
    *("additional_tools", "apply_patch_call", "apply_patch_call_output", "code_interpreter_call"),
    *("compaction_trigger", "computer_call", "computer_call_output", "configuration_update", "custom_tool_call"),
    *("file_search_call", "function_call", "local_shell_call", "local_shell_call_output", "mcp_approval_request"),
    *("mcp_approval_response", "mcp_call", "mcp_list_tools", "program", "program_output", "shell_call"),
    *("shell_call_output", "tool_search_call", "tool_search_output", "web_search_call"),
)
"""Items of OpenAI's client 3.57.0 that concern no picture."""
_ITEMS: Final = (
    *("message", "image_generation_call", "item_reference", "reasoning", "compaction"),
    *_OUTPUTS,
    *_PASSED_OVER,
)
_CALL: Final = frozenset(
    {
        *("id", "type", "status", "result", "action", "background", "output_format", "quality", "size"),
        *("revised_prompt", "error", "svg_usage"),
    }
)


@dataclass(frozen=True, slots=True)
class Input:
    """What a request says: as the models see it, and as `input_items` lists it."""

    context: Context
    items: tuple[Json, ...]


def read_input(state: PersonaState, value: Json) -> Input:
    """Read `input`; raise RefusalError, naming the place, for anything that is none."""
    if value is None:
        raise missing("input")
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if not isinstance(value, list):
        raise bad_type(value, "a string or an array of items", "input")
    context: list[TextMessage | DrawnPicture] = []
    items: list[Json] = []
    for place, item in enumerate(value):
        seen, listed = _read_item(state, item, f"input[{place}]")
        context.extend(seen)
        items.append(listed)
    return Input(tuple(context), tuple(items))


def find_conversation(state: PersonaState, name: str) -> Conversation:
    """Return a conversation; raise RefusalError for an unknown one."""
    conversation = state.conversations.get(name)
    if conversation is None:
        raise RefusalError(404, f"Conversation with id '{name[:80]}' not found.", param="conversation")
    return conversation


def _read_item(state: PersonaState, item: Json, where: str) -> tuple[Context, Json]:
    if not isinstance(item, dict):
        raise bad_type(item, "an object", where)
    kind = str(item.get("type") or ("item_reference" if item.keys() <= {"type", "id"} else "message"))
    if kind == "message":
        return _read_message(state, item, where)
    if kind in {"image_generation_call", "item_reference"}:
        return _read_call(state, item, where, inline=kind == "image_generation_call")
    if kind == "reasoning":
        _check_reasoning(state, item)
        return (), item
    if kind == "compaction":
        return _read_compaction(state, item, where), item
    if kind in _OUTPUTS:
        return _read_output(item, where), item
    if kind in _PASSED_OVER:
        return (), item
    raise bad_value(kind, _ITEMS, f"{where}.type")


def _read_compaction(state: PersonaState, item: dict[str, Json], where: str) -> Context:
    """Return the conversation that a compaction of this persona stands for."""
    encrypted = item.get("encrypted_content")
    if encrypted is None:
        raise missing(f"{where}.encrypted_content")
    context = state.compactions.get(str(encrypted))
    if context is None:
        raise _unverified(item)
    return context


def _check_reasoning(state: PersonaState, item: dict[str, Json]) -> None:
    """Refuse encrypted reasoning that this persona did not write."""
    encrypted = item.get("encrypted_content")
    if encrypted is not None and state.reasoning.get(str(encrypted)) is None:
        raise _unverified(item)


def _unverified(item: dict[str, Json]) -> RefusalError:
    name = str(item.get("id"))[:80]
    return refuse(f"The encrypted content for item {name} could not be verified.", "invalid_encrypted_content", None)


def _read_output(item: dict[str, Json], where: str) -> Context:
    """Read what a client's own tool returned."""
    if not isinstance(item.get("call_id"), str):
        raise missing(f"{where}.call_id")
    output = item.get("output")
    if output is None:
        raise missing(f"{where}.output")
    return (TextMessage("tool", output),) if isinstance(output, str) else ()


def _read_call(state: PersonaState, item: dict[str, Json], where: str, *, inline: bool) -> tuple[Context, Json]:
    """Find the picture of an earlier call: in the item itself, or by its id."""
    if inline:
        for key in item:
            if key not in _CALL:
                raise unknown(f"{where}.{key}")
    result, name = item.get("result"), item.get("id")
    if inline and isinstance(result, str):
        return (DrawnPicture(from_base64(result, f"{where}.result")),), item
    if not isinstance(name, str):
        raise missing(f"{where}.id")
    picture = state.pictures.get(name)
    if picture is None:
        if not inline and not name.startswith("ig_"):
            return (), item
        raise RefusalError(
            404,
            f"Item with id '{name[:80]}' not found. Items are not persisted when `store` is set to false.",
            param="input",
        )
    return (DrawnPicture(picture),), item


def _read_message(state: PersonaState, item: dict[str, Json], where: str) -> tuple[Context, Json]:
    role = item.get("role")
    if role is None:
        raise missing(f"{where}.role")
    if role not in _ROLES:
        raise bad_value(str(role), _ROLES, f"{where}.role")
    content = item.get("content")
    if content is None:
        raise missing(f"{where}.content")
    said_as = "output_text" if role == "assistant" else "input_text"
    parts = [{"type": said_as, "text": content}] if isinstance(content, str) else content
    if not isinstance(parts, list):
        raise bad_type(parts, "a string or an array of parts", f"{where}.content")
    texts: list[str] = []
    pictures: list[bytes] = []
    for place, part in enumerate(parts):
        _read_part(state, part, f"{where}.content[{place}]", texts, pictures)
    listed = {
        "id": item.get("id") or f"msg_{secrets.token_hex(25)}",
        "type": "message",
        "status": "completed",
        "role": role,
        "content": parts,
    }
    return (TextMessage(str(role), "\n".join(texts), tuple(pictures)),), listed


def _read_part(state: PersonaState, part: Json, where: str, texts: list[str], pictures: list[bytes]) -> None:
    """Read one content part into the message's texts and pictures."""
    if not isinstance(part, dict):
        raise bad_type(part, "an object", where)
    kind = part.get("type")
    if kind is None:
        raise missing(f"{where}.type")
    if kind not in _PARTS:
        raise bad_value(str(kind), _PARTS, f"{where}.type")
    if kind == "input_image":
        pictures.append(from_part(state, part, where))
    elif kind in _TEXTS:
        text = part.get("text", part.get("refusal"))
        if not isinstance(text, str):
            raise bad_type(text, "a string", f"{where}.text")
        texts.append(text)
