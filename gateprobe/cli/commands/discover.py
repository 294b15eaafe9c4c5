"""`gateprobe discover`: test an unknown gateway, and write a gateway file of its observed behaviour."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from gateprobe.audit.gateways.forms import working_form
from gateprobe.audit.gateways.learn import Learnt, learn, models_of, rejected_key
from gateprobe.audit.gateways.models import list_models
from gateprobe.audit.gateways.targets import Target, resolve
from gateprobe.audit.request import read_budget, read_overrides
from gateprobe.audit.stored.run_file import new_folder
from gateprobe.capture import AttemptLimits
from gateprobe.cli.ci import writable
from gateprobe.cli.options import BOUNDS, SELECTION, VERBOSE, YES, option
from gateprobe.cli.output import writing
from gateprobe.cli.param_types import PATH, OneOf
from gateprobe.cli.perform import given_consent, perform
from gateprobe.errors import ExitCode, UsageError
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.formats.html import INDEX
from gateprobe.formats.words import count, joined
from gateprobe.gateway import Gateway, Models, Overrides, dumps, load
from gateprobe.judge.surfaces import Surface, read_survey
from gateprobe.model import Stance, Tier
from gateprobe.plan.budget import EarlierSpending
from gateprobe.probe import SURVEY
from gateprobe.redact.outgoing import write_text
from gateprobe.store import folder as store
from gateprobe.text import printable
from gateprobe.views.drawing import drawings_of

_ASKING: Final = 30.0  # maximum seconds for a models list


@click.command(
    params=[
        click.Argument(["url"], metavar="URL"),
        option(
            "--tier",
            type=OneOf([str(tier) for tier in Tier]),
            default=str(Tier.SMOKE),
            show_default=True,
            help="How much to learn: smoke buys at most one picture.",
        ),
        option("--key-env", metavar="NAME", help="The environment variable that holds the key."),
        option("--text-model", metavar="ID", help="The model that calls the image tool.  [default: by its list]"),
        option("--image-model", metavar="ID", help="The model that draws.  [default: by its list]"),
        option("--out", type=PATH, metavar="FILE", help="The file.  [default: <host>.toml]"),
        option("--run", type=PATH, help="The run folder.  [default: reports/<time>]"),
        *SELECTION,
        *BOUNDS,
        VERBOSE,
        YES,
    ]
)
def discover(url: str, out: Path | None, run: Path | None, **values: Any) -> int:
    """Test an unknown gateway, and write a gateway file of its observed behaviour.

    A later audit of the file finds what changed. Replace its claims with sentences of the vendor's document if there is
    one. Capabilities that worked in part are omitted.
    """
    if not re.match(r"(?i)https?://", url):
        raise UsageError(f"{printable(url, 80)} is not an address: give the base URL, such as https://HOST/v1")
    overrides = read_overrides(values)
    (target,) = resolve([url], os.environ, overrides, consent=given_consent())
    path = (out or Path(f"{target.gateway.name}.toml")).absolute()
    if path.exists():
        raise UsageError(f"{path} exists already; name another --out")
    writable(path)
    models = _models(target, overrides, min(values["answer_timeout"], _ASKING))
    folder = (run or new_folder()).absolute()
    values |= {"text_model": models.text, "image_model": models.image, "combined": True}
    shaped, values["earlier"] = _with_form(replace(target, gateway=replace(target.gateway, models=models)), values)
    baseline = shaped.gateway.baseline

    def adapt(resolved: Target) -> Target:
        return replace(resolved, gateway=replace(resolved.gateway, baseline=baseline))

    finished = perform(folder, (url,), values, adapt=adapt).run
    gateway = _with_survey(shaped.gateway, folder)
    learnt = learn(gateway, finished.records, finished.header.started_at[:10])
    if rejection := rejected_key(finished.records):
        click.echo(f"The key in {gateway.key.env} is rejected, so no file is written: {printable(rejection, 300)}")
        click.echo(f"Report: {folder / INDEX} (exit 10)")
        return int(ExitCode.INCOMPLETE)
    if learnt.gateway.claims:
        if sentence := drawing_sentence(drawings_of(finished, [gateway])[gateway.name]):
            click.echo(sentence)
        return _tell(learnt, path, folder)
    (why, _), *_ = Counter(record.reason for record in finished.records).most_common(1)
    click.echo(f"Nothing could be observed, so no file is written: {why}")
    click.echo(f"Report: {folder / INDEX} (exit 10)")
    return int(ExitCode.INCOMPLETE)


def _with_form(target: Target, values: Mapping[str, Any]) -> tuple[Target, EarlierSpending]:
    """Return a target with the form of request that its Responses API answers, and the spending to find it.

    Print what a request needs there.
    """
    limit = min(values["answer_timeout"], _ASKING)
    with TemporaryDirectory() as folder:
        limits = AttemptLimits(first_byte=limit, total=limit, retries=0)
        form, spent = working_form(target, Path(folder), limits, read_budget(values))
    needs = [
        name
        for name, is_needed in (
            ("instructions", form.instructions is not None),
            ("input as a list", form.input == "list"),
            ("stream: true", form.stream),
        )
        if is_needed
    ]
    if needs:
        click.echo(f"The Responses API needs {joined(needs)}")
    gateway = target.gateway
    return replace(target, gateway=replace(gateway, baseline=replace(gateway.baseline, responses=form))), spent


def _with_survey(gateway: Gateway, folder: Path) -> Gateway:
    """Return a gateway with the models that the audit asked for, and without the endpoints that do not exist."""
    audited = load(store.path_of_gateway(folder, gateway.name))
    survey = read_survey(store.read(folder, gateway.name).get(SURVEY))
    surfaces = ("responses", "generations", "edits")
    missing = {name: None for name in surfaces if survey.absent(Surface(name))}
    baseline = replace(gateway.baseline, paths=replace(gateway.baseline.paths, **missing))
    return replace(gateway, models=audited.models, baseline=baseline)


def _models(target: Target, overrides: Overrides, seconds: float) -> Models:
    """Return the models to draw with: those that were named, else the closest on the gateway's list."""
    with TemporaryDirectory() as folder:
        names = list_models(target, Path(folder), AttemptLimits(first_byte=seconds, total=seconds, retries=0))
    chosen = models_of(names, target.gateway.models)
    models = Models(overrides.text_model or chosen.text, next(iter(overrides.image_models), chosen.image))
    listed = (
        f"{count(len(names), 'model')} listed" if names else "No models list could be read; OpenAI's names are used"
    )
    if names and models.image not in names and not overrides.image_models:
        click.echo(f"{listed}, but not {models.image}")
    else:
        click.echo(f"{listed}: drawing with {models.image}, called by {models.text}")
    return models


def _tell(learnt: Learnt, path: Path, folder: Path) -> int:
    """Write the file and print its content."""
    click.echo(f"Report: {folder / INDEX}")
    with writing(path):
        write_text(path, dumps(learnt.gateway))
    done, not_done = (learnt.with_stance(stance) for stance in (Stance.OFFERED, Stance.DECLINED))
    click.echo(f"Written: {path}, with {_counted(done)} that work and {len(not_done)} that do not")
    if learnt.mixed:
        click.echo(f"Omitted, because they work in part or outside the protocol: {joined(list(learnt.mixed))}")
    click.echo(f"Omitted, because nothing was observed: {_counted(learnt.unobserved)}")
    click.echo("These are observations, not promises of the vendor: replace them with sentences of its document.")
    click.echo(f"Audit it with this file: gateprobe audit {shlex.quote(str(path))}{_key(learnt.gateway)}")
    return 0


def _counted(capabilities: tuple[str, ...]) -> str:
    return count(len(capabilities), "capability", "capabilities")


def _key(gateway: Gateway) -> str:
    return f" (with {gateway.key.env} set)" if os.environ.get(gateway.key.env) else ""
