"""Several image models of one provider, audited in one run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.targets import Target, resolve
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.formats.html.compare import write_compare
from gateprobe.formats.html.history import write_history
from gateprobe.gateway import Overrides, find
from gateprobe.model import Tier, Verdict
from gateprobe.record import baseline
from gateprobe.record.file import load
from gateprobe.reference import Served, serve
from gateprobe.views.matrix import read_matrix

pytestmark = pytest.mark.slow

MODELS = ("gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.6-sunburst")
SETTINGS = Settings(Tier.SMOKE, seed=5)
CHOSEN = ItemFilter(("models.*", "responses.image.*", "responses.text", "errors.*"))


def columns(served: Served, *models: str) -> list[Target]:
    """Return the targets of OpenAI's persona for some image models."""
    gateway = find("openai", Overrides(image_models=models, base_url=served.url))
    return [Target(column, served.key) for column in gateway.columns()]


def free(served: Served) -> Counter[tuple[str, str]]:
    """Return how often each endpoint without a picture was asked."""
    return Counter(entry for entry in served.counters.log if "images" not in entry[1] and "resp_" not in entry[1])


def test_five_columns_share_what_does_not_depend_on_the_model(tmp_path: Path) -> None:
    """Three models and two more providers are five columns; the shared requests are sent once."""
    with serve("openai") as served:
        audit(columns(served, MODELS[0]), SETTINGS, tmp_path / "alone", select=CHOSEN)
        alone = free(served)
    with serve("openai") as served:
        others = resolve(("xai-router", "vibeapi"), {}, embedded=True)
        audit([*columns(served, *MODELS), *others], SETTINGS, tmp_path / "store" / "run", select=CHOSEN)
        together = free(served)
        assert served.counters.images == len(MODELS)
        sent = len(served.counters.log)
        audit([*columns(served, *MODELS), *others], SETTINGS, tmp_path / "store" / "run", resume=True)
        assert len(served.counters.log) == sent
    assert together - alone == Counter({("POST", "/v1/responses"): 2})  # the survey names the image model there
    run = load(tmp_path / "store" / "run")
    names = tuple(f"openai/{model}" for model in MODELS)
    assert run.header.gateways == (*names, "xai-router", "vibeapi")
    assert [gateway.models.image for gateway in read_matrix(run).gateways][:3] == list(MODELS)
    assert {spent.pictures for name, spent in run.footer.spent.items() if name in names} == {1} if run.footer else False
    assert not [record.item for record in run.records if record.verdict is Verdict.CONTRADICTED]
    compared = write_compare([run], tmp_path / "compare.html").read_text("utf-8")
    history = write_history(tmp_path / "store").read_text("utf-8")
    assert all(name in compared and name in history for name in names)


def test_a_baseline_keeps_image_models_apart() -> None:
    """An accepted contradiction names the image model, and is read back as it was written."""
    text = '[[accepted]]\nitem = "n_is_honoured[2]@openai/gpt-image-2.5-sunburst"\nreason = "known"\n'
    (accepted,) = baseline.loads(text, "baseline.toml")
    assert accepted.gateway == "openai/gpt-image-2.5-sunburst"
