"""The HTML report: one page that opens anywhere, with pictures and bodies as files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateprobe import store
from gateprobe.errors import WrongUse
from gateprobe.record import Run, load
from gateprobe.reporting.html.engine import render_page
from gateprobe.reporting.html.exchanges import shot_views
from gateprobe.reporting.html.page import build_page
from gateprobe.reporting.html.pictures import Gallery
from gateprobe.reporting.matrix import read_matrix

INDEX: Final = "index.html"


class Unwritable(WrongUse):
    """The folder that a report belongs into cannot be written to."""


def render_html(run: Run, gallery: Gallery | None = None) -> str:
    """Draw a run's page from its folder; `gallery` collects the files that the page links to."""
    found = gallery if gallery is not None else Gallery()
    matrix = read_matrix(run)
    shots = {
        gateway.name: shot_views(gateway, store.read(run.folder, gateway.name), found, embedded=run.header.embedded)
        for gateway in matrix.gateways
    }
    return render_page(build_page(matrix, shots))


def write_html(folder: Path) -> Path:
    """Write a run's page and its pictures into the run's own folder; give the page's path.

    Raises:
        NoSuchRun, BrokenRun, BrokenGatewayFile: the folder holds no run, or a broken one.
        Unwritable: the folder cannot be written to.
    """
    gallery = Gallery()
    text = render_html(load(folder), gallery)
    index = folder / INDEX
    try:
        for name, data in gallery.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        index.write_text(text, "utf-8")
    except OSError as error:
        raise Unwritable(f"The report cannot be written to {folder}: {error.strerror}.") from None
    return index


__all__ = ["INDEX", "Unwritable", "render_html", "write_html"]
