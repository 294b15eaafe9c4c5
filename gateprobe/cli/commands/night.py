"""`gateprobe night`: the command for cron."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
from filelock import FileLock, Timeout

from gateprobe import files
from gateprobe.audit.gateways.targets import ambiguous, keyed, keyless
from gateprobe.audit.stored.nights import earlier, rejudging
from gateprobe.audit.stored.run_file import new_folder
from gateprobe.cli.ci import tell, writable
from gateprobe.cli.options import BOUNDS, CI, GATEWAYS, SELECTION, TERMS, VERBOSE, WHICH, YES
from gateprobe.cli.output import writing
from gateprobe.cli.param_types import PATH, BadValue, OneOf
from gateprobe.cli.perform import perform
from gateprobe.cli.stored_runs import warn_of_foreign
from gateprobe.errors import UsageError, unwritable
from gateprobe.formats.answer import one_line
from gateprobe.formats.html import INDEX
from gateprobe.formats.html.diff import DIFF, write_diff
from gateprobe.formats.html.history import write_history
from gateprobe.formats.html.nights import write_nights
from gateprobe.formats.nights.metrics import metrics
from gateprobe.formats.nights.night_file import NightReport, notification, told, write_night
from gateprobe.formats.words import joined
from gateprobe.gateway import find
from gateprobe.language import localise
from gateprobe.message import sentence
from gateprobe.model import Tier
from gateprobe.notify import Recipient, recipient, send
from gateprobe.record.file import Run
from gateprobe.redact.outgoing import clean
from gateprobe.text import printable
from gateprobe.views.answer import answer_of
from gateprobe.views.nights.history import RECENT
from gateprobe.views.nights.night_comparison import FailOn, NightComparison, compare

_REPEATED: Final = (
    *("base_url", "key_env", "text_model", "image_model"),
    *("budget", "total_budget", "max_images", "max_requests", "rpm", "user_agent"),
)


_POLICIES: Final = OneOf([str(policy) for policy in FailOn])


class _FailPolicy(click.ParamType[tuple[FailOn, int]]):
    """The policy by which a night fails; `worse:N` waits for N nights in a row."""

    name = "policy"

    def convert(
        self, value: str | tuple[FailOn, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[FailOn, int]:
        """Read a policy; raise BadValue for another text."""
        if isinstance(value, tuple):
            return value
        word, colon, number = value.partition(":")
        if not colon:
            return FailOn(_POLICIES.convert(value, param, ctx)), 1
        if word != FailOn.WORSE or not number.isdecimal() or not 1 <= int(number) < RECENT:
            raise BadValue(value, f"worse:N with fewer than {RECENT} nights, such as worse:2")
        return FailOn.WORSE, int(number)


@click.command(params=[GATEWAYS, *WHICH, *SELECTION, *BOUNDS, VERBOSE, YES, *TERMS, *CI])
@click.option("--store", type=PATH, default="nights", show_default=True, help="The folder of all nights.")
@click.option(
    "--fail-on",
    type=_FailPolicy(),
    default=str(FailOn.INCOMPLETE),
    show_default=True,
    metavar="[worse|worse:N|contradicted|incomplete]",
    help="worse: a must got worse; worse:N: for N nights in a row. contradicted: also any must. incomplete: also exit"
    " 10 if anything was not observed.",
)
@click.option("--metrics", "metrics_file", type=PATH, metavar="FILE", help="Also write OpenMetrics, for Prometheus.")
@click.option(
    "--notify",
    multiple=True,
    metavar="URL",
    help="Send the changes to a webhook: Slack, Feishu, DingTalk, WeCom, or JSON to any other; can be repeated.",
)
def night(
    gateways: tuple[str, ...],
    store: Path,
    fail_on: tuple[FailOn, int],
    metrics_file: Path | None,
    notify: tuple[str, ...],
    **values: Any,
) -> int:
    """Audit into a folder of nights, and report in one paragraph what changed since the last night.

    Without a GATEWAY, every documented gateway whose key is set is audited; with --embedded, the embedded references.
    Gateways of several hosts that read the same variable must be named. A gateway that an earlier night audited and
    whose key is no longer set is reported, and the exit code is 10.
    Writes the report, the changes, the history and a page of all nights into the folder. The exit code follows
    --fail-on.
    """
    asked = gateways or _providers(values)
    recipients = [recipient(address) for address in notify]
    writable(metrics_file)
    with _alone(store):
        folder = (store / new_folder().name).absolute()
        finished = perform(folder, asked, values)
        run = finished.run
        if run.footer is None:
            click.echo(f"This night was stopped and is not compared; the received answers are in {folder}")
            return int(finished.exit_code)
        before = earlier(store, folder)
        chosen_by_keys = not gateways and not values["embedded"]
        unset = keyless(before, os.environ) if chosen_by_keys else ()
        compared = replace(compare(before, run, rejudging(folder)), keyless=unset)
        warn_of_foreign(run.folder for run in compared.earlier)
        night = write_night(compared, *fail_on)
        if compared.diff is not None:
            write_diff(compared.diff)
        pages = _pages(store)
    outputs = {name: values[name] for name in ("annotations", "junit", "markdown")}
    tell(run, os.environ, lead=night.paragraph, **outputs)
    if metrics_file is not None:
        _replace(metrics_file, metrics(compared, night.exit_code))
    _print(run, printable(localise(told, night).paragraph), pages)
    click.echo(localise(lambda: sentence("Tonight: {answer}", answer=one_line(answer_of(run)))))
    for line in _next_steps(compared, gateways, values):
        click.echo(line)
    _notify(recipients, night)
    click.echo(
        localise(lambda: sentence("(exit {code}, failing on {policy})", code=night.exit_code, policy=_policy(*fail_on)))
    )
    return night.exit_code


def _policy(fail_on: FailOn, nights: int) -> str:
    return f"{fail_on}:{nights}" if nights > 1 else fail_on


def _replace(path: Path, text: str) -> None:
    """Replace a file in one step, because a collector may read it at any time; write to a device or a pipe directly."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.new")
    with writing(path):
        if target.exists() and not target.is_file():
            target.write_text(clean(text), "utf-8")
            return
        beside.write_text(clean(text), "utf-8")
        beside.replace(target)


def _notify(recipients: Iterable[Recipient], night: NightReport) -> None:
    """Send the changes to each recipient; one that cannot be reached does not fail the night."""
    text = clean("\n".join(printable(line, 600) for line in notification(night).split("\n")))
    facts = {"answer": clean(night.answer), "headline": clean(night.headline), "exit_code": night.exit_code}
    for to in recipients:
        if problem := send(to, text, facts):
            click.echo(f"The changes were not delivered to {to.host}: {printable(problem, 200)}", err=True)


def _next_steps(compared: NightComparison, gateways: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[str]:
    """Return the page of the changes, and the command that repeats the probes that got worse, on the same terms."""
    if compared.diff is not None:
        yield f"What changed: {compared.tonight.folder / DIFF}"
    named = {find(gateway).name: gateway for gateway in gateways}
    for name in dict.fromkeys(alarm.record.gateway for alarm in compared.alarms):
        probes = dict.fromkeys(alarm.record.probe for alarm in compared.alarms if alarm.record.gateway == name)
        words = [named.get(name, name), *_same_terms(values), *(f"--probe={probe}" for probe in probes)]
        yield f"Test again: gateprobe audit {shlex.join(words)}"


def _same_terms(values: Mapping[str, Any]) -> Iterator[str]:
    """Return the options of address, key, models, tier and budget."""
    if values["embedded"]:
        yield "--embedded"
    if values["tier"] != Tier.NIGHTLY:
        yield from ("--tier", values["tier"])
    for name in _REPEATED:
        given = values[name]
        for value in given if isinstance(given, tuple) else () if given is None else (given,):
            yield from (f"--{name.replace('_', '-')}", f"{value:g}" if isinstance(value, float) else str(value))


def _providers(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every documented gateway whose key is set; none with --embedded, which selects the references.

    Raises:
        UsageError: no key is set, as in a job that lost its secrets: it has nothing to watch.
    """
    if values["embedded"]:
        return ()
    undecided = ambiguous(os.environ)
    for variable, names in undecided.items():
        click.echo(
            f"Not audited: {joined(list(names))} all read {variable}; name the gateway that the key belongs to",
            err=True,
        )
    if not (named := keyed(os.environ)):
        raise UsageError(
            "no key of a documented gateway is set, so there is nothing to audit: set one (`gateprobe gateways` lists"
            " their variables), name a gateway, or give --embedded"
        )
    return named


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Lock the folder of nights: two simultaneous nights would be compared with each other."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        files.check(store, store / ".lock")
        with FileLock(store / ".lock", blocking=False):
            yield
    except Timeout:
        raise UsageError(f"another night is running in {store}; wait for it, or name another --store") from None
    except OSError as error:
        raise unwritable("the nights", store, error) from None


def _pages(store: Path) -> list[Path]:
    """Write the pages of all nights; a broken run skips a page and does not fail the night."""
    pages = []
    for write in (write_history, write_nights):
        try:
            pages.append(write(store))
        except UsageError as error:
            click.echo(f"The history was not written: {error}", err=True)
    return pages


def _print(run: Run, paragraph: str, pages: list[Path]) -> None:
    for complaint in run.header.complaints:
        click.echo(f"Baseline: {printable(complaint, 300)}")
    click.echo(paragraph)
    click.echo(localise(lambda: sentence("Report: {page}", page=str(run.folder / INDEX))))
    if pages:
        click.echo(localise(lambda: sentence("All nights: {path}", path=str(pages[-1].absolute()))))
