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
