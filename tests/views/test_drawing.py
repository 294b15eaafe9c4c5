"""What draws at a gateway, by the evidence of audits of three relays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import escape

from gateprobe.audit.engine import audit
from gateprobe.audit.events import Finished
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.cli.summary import summary
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.formats.html import render_html
from gateprobe.formats.markdown import render_markdown
from gateprobe.gateway import find
from gateprobe.model import Tier
from gateprobe.reference import Served, serve
from gateprobe.views.drawing import drawings_of
from tests.support.relays.relays import RELAYS

pytestmark = pytest.mark.slow


def audited(served: Served, folder: Path) -> Finished:
    """Audit a relay as a bare URL, in the smoke tier."""
    target = Target(replace(find(served.url), name="relay", title="Relay"), served.key)
    return audit([target], Settings(Tier.SMOKE), folder)


@pytest.mark.parametrize(
    ("relay", "sentence"),
    [
        (
            "images-only",
            "Draws by POST /images/generations: JSON with links on localhost, PNG; no edits; no Responses API.",
        ),
        ("tasks", "Answers POST /images/generations with a task (task_"),
        (
            "chat-only",
            "Draws by POST /chat/completions: a link in the text, on localhost, PNG; no Images API",
        ),
    ],
)
def test_a_relay_is_told_in_one_sentence(tmp_path: Path, relay: str, sentence: str) -> None:
    """Report, terminal and Markdown begin with what draws, and with the request that does; one picture at most."""
    with serve(RELAYS[relay]) as served:
        run = audited(served, tmp_path / "run").run
        assert served.counters.images <= 1
    (gateway,) = drawings_of(run, [find(str(tmp_path / "run" / "gateways" / "relay.toml"))]).values()
    assert drawing_sentence(gateway).startswith(sentence)
    printed = summary(run, tmp_path)
    assert f"relay: {drawing_sentence(gateway)}" in printed
    assert ("curl" in printed) is (relay != "tasks")
    assert ("curl" in render_markdown(run)) is (relay != "tasks")
    page = render_html(run)
    drawn = page.index(str(escape(drawing_sentence(gateway))))
    assert page.index('id="use"') < drawn < page.index('id="causes"') < page.index('id="matrix"')


def test_a_task_is_ordered_once_and_named_with_where_it_is_polled(tmp_path: Path) -> None:
    """The first order that is answered with a task is the last; the finding names the task and its place."""
    with serve(RELAYS["tasks"]) as served:
        target = Target(replace(find(served.url), name="relay"), served.key)
        several = ItemFilter(("images.generate", "images.generate.quality", "images.generate.size"))
        finished = audit([target], Settings(Tier.NIGHTLY), tmp_path / "run", select=several)
        assert served.counters.images == 1
    records = {record.probe: record for record in finished.run.records}
    assert records["picture_comes"].fault_kind == "surface.foreign_shape"
    assert "; GET /tasks/task_" in records["picture_comes"].reason
    hidden = [record for record in records.values() if record.caused_by == "images.generate"]
    assert {record.capability for record in hidden} == {"images.generate.quality", "images.generate.size"}
