"""Hooks of mkdocs: the reference pages, made from the code, and links of pages that lead out of the site.

`mkdocs build --strict` (see mkdocs.yml) builds the site and checks its links, without network. CONTRIBUTING.md and
ARCHITECTURE.md are pages of the site, too. In a checkout, where the reference pages do not exist, pages link to
`reference/README.md#PAGE`; on the site, such a link leads to the page itself.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # mkdocs loads this file by its path

from docs.tools.reference import PAGES  # noqa: E402 - found by the path above

_ROOT_PAGES: Final = {"../CONTRIBUTING.md": "contributing.md", "../ARCHITECTURE.md": "architecture.md"}
_LINK: Final = re.compile(r"\[([^\]]+)\]\(((?!https?:)[^)\s]+)\)")


def on_files(files: Files, *, config: Any) -> Files:
    """Add the reference pages, and those of the project's root."""
    for name, write in PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=write()))
    for path, name in _ROOT_PAGES.items():
        content = (ROOT / "docs" / path).resolve().read_text("utf-8")
        files.append(File.generated(config, name, content=content.replace("](docs/", "](")))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_context: Any) -> str:
    """Lead links to pages of the site, and show links to other files as names."""
    if page.file.src_uri == "reference/README.md":
        markdown = re.sub(r'<a id="([\w-]+)"></a>([^|]+?) \|', r"[\2](\1.md) |", markdown)
    return _LINK.sub(lambda link: _link(link[1], link[2], page.file.src_uri), markdown)


def _link(label: str, target: str, source: str) -> str:
    """Return a link of a page as the site has it."""
    path, _, anchor = target.partition("#")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if found in _ROOT_PAGES:
        path = path.removesuffix(found.removeprefix("../"))[3:] + _ROOT_PAGES[found]
    elif found == "reference/README.md" and anchor in PAGES:
        path, anchor = f"{path.removesuffix('README.md')}{anchor}.md", ""
    elif found.startswith("../") or found.endswith(".json"):
        return label
    return f"[{label}]({path}{anchor and f'#{anchor}'})"
