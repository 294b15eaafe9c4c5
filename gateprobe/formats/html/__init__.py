"""The HTML report: one page that opens anywhere, with pictures and bodies as files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateprobe import files
from gateprobe.errors import UsageError
from gateprobe.formats.html.bilingual import bilingual
from gateprobe.formats.html.engine import render_page
from gateprobe.formats.html.exchanges import scenario_run_views
from gateprobe.formats.html.page import View, alone, build_page, page_of
from gateprobe.formats.html.pictures import Gallery
from gateprobe.record.file import Run, load
from gateprobe.views.evidence import evidence_of
from gateprobe.views.matrix import Matrix, read_matrix

INDEX: Final = "index.html"
MOST: Final = 6
"""With more gateways than these, a run's page holds the answer and the matrix, and each gateway has its own page."""


class UnwritableError(UsageError):
    """The folder that a report belongs into cannot be written to."""


def render_html(run: Run) -> str:
    """Draw a run's page from its folder; it links to pictures and pages that `write_html` writes beside it."""
    matrix = read_matrix(run)
    return _overview(matrix) if len(matrix.gateways) > MOST else _whole(matrix, Gallery())


def write_html(of: Run | Path, index: str = INDEX) -> Path:
    """Write a page of a run, its pictures and further pages into its own folder, and return the path of `index`.

    Raises:
        NoSuchRunError, BrokenRunError, GatewayFileError: the folder holds no run, or a broken one.
        UnwritableError: the folder cannot be written to.
    """
    run = load(of) if isinstance(of, Path) else of
    folder = run.folder
    for name, data in _files(read_matrix(run)):
        path = folder / (index if name == INDEX else name)
        try:
            files.write(folder, path, data)
        except OSError as error:
            raise UnwritableError(f"The report cannot be written to {folder}: {error.strerror}.") from None
    return folder / index


def _files(matrix: Matrix) -> Iterator[tuple[str, bytes]]:
    """Return every file of the report, the page that links to all others last."""
    gallery = Gallery()
    if len(matrix.gateways) <= MOST:
        text = _whole(matrix, gallery)
        yield from gallery.files.items()
        yield INDEX, text.encode()
        return
    for gateway in matrix.gateways:
        gallery = Gallery()
        text = _whole(alone(matrix, gateway.name), gallery, View.ONE)
        yield from gallery.files.items()
        yield page_of(gateway.name), text.encode()
    yield INDEX, _overview(matrix).encode()


@bilingual
def _whole(matrix: Matrix, gallery: Gallery, view: View = View.WHOLE) -> str:
    embedded = matrix.run.header.embedded
    scenario_runs = {
        gateway.name: scenario_run_views(gateway, evidence_of(matrix.run, gateway.name), gallery, embedded=embedded)
        for gateway in matrix.gateways
    }
    return render_page(build_page(matrix, scenario_runs, view))


@bilingual
def _overview(matrix: Matrix) -> str:
    return render_page(build_page(matrix, {}, View.OVERVIEW))


__all__ = ["INDEX", "MOST", "UnwritableError", "render_html", "write_html"]
