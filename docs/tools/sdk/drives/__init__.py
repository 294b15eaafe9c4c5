"""OpenAI's own clients driving the reference through what is new: the same names in Python and for Node."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from docs.tools.sdk.drives.python import DRIVES, square

_PROGRAM: Final = Path(__file__).with_name("node.mjs")
_NAME: Final = re.compile(r"^  async (\w+)\(\)", re.MULTILINE)
_SECONDS: Final = 120

CAPABILITIES: Final[dict[str, tuple[str, ...]]] = {
    "background": ("responses.background", "responses.background.cancel"),
    "background_plain_stream": ("responses.background.plain_stream_refused",),
    "background_resume": ("responses.background.resume",),
    "complexity": ("images.generate.complexity",),
    "conversation": ("responses.conversation",),
    "edit_by_file_id": ("images.edit.json_file_id",),
    "encrypted_reasoning": ("responses.encrypted_reasoning",),
    "fields_accepted": ("responses.fields_accepted",),
    "fields_repeated": ("responses.fields_repeated", "responses.safety_identifier"),
    "function_beside_tool": ("responses.function_beside_tool",),
    "gif": ("images.generate.gif",),
    "input_fidelity": ("responses.image.input_fidelity",),
    "input_file_id": ("responses.image.input_file_id",),
    "input_items": ("responses.input_items",),
    "large_message": ("transport.large_message",),
    "markup": ("images.edit.markup",),
    "max_tool_calls": ("responses.image.max_tool_calls",),
    "models_end": ("models.gone_unlisted",),
    "moderation": ("responses.moderation",),
    "obfuscation": ("responses.text.obfuscation",),
    "service_tier": ("responses.service_tier",),
    "svg": ("images.generate.svg",),
    "tool_choice_required": ("responses.image.tool_choice_required",),
    "websocket_lanes": ("responses.websocket_lanes",),
    "websocket_steer": ("responses.websocket_steer",),
    "websocket_warm_up": ("responses.websocket_warm_up",),
}
"""The capabilities that each drive exercises."""


def node_names() -> frozenset[str]:
    """Return the names of the drives for Node."""
    return frozenset(_NAME.findall(_PROGRAM.read_text("utf-8")))


def statements() -> dict[str, str]:
    """Return what each drive does, by its name, without the full stop."""
    return {name: (drive.__doc__ or "").partition("\n")[0].rstrip(".") for name, drive in DRIVES.items()}


def run_node(url: str, key: str, folder: Path) -> dict[str, str]:
    """Run the drives for Node with the packages in a folder; return what is wrong with each, empty for nothing."""
    program, picture = _PROGRAM.read_text("utf-8"), base64.b64encode(square()).decode()
    command = [shutil.which("node") or "node", "--input-type=module", "--eval", program, "--", url, key, picture]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603 - our own program
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["name"]: row["problem"] for row in rows}
