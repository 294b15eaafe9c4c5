"""Hooks of mkdocs: the reference pages, made from the code, and links of pages that lead out of the site.

`mkdocs build --strict` (see mkdocs.yml) builds the site and checks its links, without network.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # mkdocs loads this file by its path

from docs.tools.reference import PAGES


def on_files(files: Files, *, config: Any) -> Files:
    """Add the reference pages."""
    for name, write in PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=write()))
    return files


def on_page_markdown(markdown: str, **_context: Any) -> str:
    """Show links to files outside the site as names, and links to files of data likewise."""
    return re.sub(r"\[([^\]]+)\]\((?:\.\./[^)]*|[\w-]+\.json)\)", r"\1", markdown)
