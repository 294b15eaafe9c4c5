"""`gateprobe gateways`, `gateprobe probes` and `gateprobe explain`: list and explain names."""

from __future__ import annotations

from typing import Any

import click

from gateprobe.cli.output import echo_json
from gateprobe.errors import UsageError
from gateprobe.formats.words import count
from gateprobe.gateway import REFERENCE, FaultKind, Gateway, fault_kinds, find, known, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.fault_kinds import kinds_by_fault
from gateprobe.language import localise, translated
from gateprobe.library import probes as all_probes
from gateprobe.message import sentence
from gateprobe.model import Stance
from gateprobe.probe import Probe, Selection
from gateprobe.reference import FAULTS
from gateprobe.stream import RULES, Rule
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable

_JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


@click.command()
@_JSON
def gateways(as_json: bool) -> None:
    """List the documented gateways: address, key variable, and how much their documents claim."""
    documented = [find(name) for name in known()]
    if as_json:
        plain = [
            {"name": gateway.name, "title": gateway.title, "base_url": gateway.base_url, "key_env": gateway.key.env}
            | {str(stance): _stances(gateway.claims.values(), stance) for stance in (Stance.OFFERED, Stance.DECLINED)}
            for gateway in documented
        ]
        echo_json(plain)
        return
    for gateway in documented:
        localise(_print_gateway, gateway)


def _print_gateway(gateway: Gateway) -> None:
    key = sentence("key in {variable}", variable=gateway.key.env)
    counts = sentence(
        "{offered} offered, {declined} declined, the rest not mentioned",
        offered=count(_stances(gateway.claims.values(), Stance.OFFERED), "capability", "capabilities"),
        declined=_stances(gateway.claims.values(), Stance.DECLINED),
    )
    click.echo(f"{gateway.name:<18}{gateway.title}\n{'':<18}{gateway.base_url}  {key}")
    click.echo(f"{'':<18}{counts}")


def _stances(claims: Any, stance: Stance) -> int:
    return sum(claim.stance is stance for claim in claims)


def _least(probe: Probe) -> list[str]:
    """Return the scenarios that a probe needs; where that differs between gateways, those of the reference."""
    if isinstance(probe.needs, Selection):
        return [scenario.name for scenario in probe.needs.requires_for(reference())]
    return [probe.needs.name]


def _plain(probe: Probe) -> dict[str, Any]:
    capability = catalogue(relay=True)[probe.capability]
    return {
        "probe": probe.id,
        "capability": probe.capability,
        "statement": probe.statement,
        "level": probe.level,
        "tier": capability.tier,
        "scenarios": _least(probe),
        "since": probe.since,
        "unobservable": capability.unobservable or None,
    }


@click.command()
@_JSON
def probes(as_json: bool) -> None:
    """List every probe with the capability that it judges."""
    if as_json:
        echo_json([_plain(probe) for probe in all_probes(relay=True)])
        return
    last = ""
    for probe in all_probes(relay=True):
        if probe.capability != last:
            last = probe.capability
            click.echo(f"{last}  ({catalogue(relay=True)[last].tier})")
        click.echo(f"  {probe.id}  [{probe.level}]  {localise(translated, probe.statement)}")


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
def explain(name: str | None) -> None:
    """Explain a probe, a capability, a fault, a fault kind or a stream rule; without a name, list them."""
    localise(_list_names if name is None else lambda: _explain_name(name))


def _explain_name(name: str) -> None:
    matching = [probe for probe in all_probes(relay=True) if name in (probe.id, probe.capability)]
    rules = [rule for rule in RULES.values() if name in (rule.id, rule.capability)]
    kind = fault_kinds().get(name)
    fault = FAULTS.get(name)
    if not matching and not rules and kind is None and fault is None and name not in catalogue(relay=True):
        names = [*catalogue(relay=True).ids, *(probe.id for probe in all_probes(relay=True)), *fault_kinds(), *RULES]
        hint = did_you_mean(name, names, "`gateprobe explain` lists all names")
        shown = printable(name, 60)
        raise UsageError(f"{shown} is not a probe, capability, fault, fault kind or stream rule; {hint}")
    for probe in matching:
        _explain(probe)
    for rule in rules:
        _explain_rule(rule)
    if fault is not None and kind is None:
        click.echo(f"{fault.name}\n  {translated(fault.what)}")
        click.echo(sentence("  fault kind: {kind}", kind=kinds_by_fault()[fault.name].id))
        click.echo(_to_reproduce(fault.name))
    if kind is not None:
        _explain_kind(kind)
    capability = matching[0].capability if matching else name
    if capability in catalogue(relay=True):
        _explain_capability(capability)


def _list_names() -> None:
    """Print every name that `explain` knows, by group."""
    by_capability: dict[str, list[str]] = {}
    for probe in all_probes(relay=True):
        by_capability.setdefault(probe.capability, []).append(probe.id)
    click.echo(sentence("Capabilities, with their probes:"))
    none = [sentence("no probe")]
    for capability in catalogue(relay=True).ids:
        click.echo(f"  {capability}: {', '.join(by_capability.get(capability, none))}")
    click.echo("\n" + sentence("Fault kinds:"))
    for kind in fault_kinds().values():
        click.echo(f"  {kind.id}: {translated(kind.title)}")
    click.echo("\n" + sentence("Stream rules:"))
    for rule in RULES.values():
        click.echo(f"  {rule.id}: {translated(rule.statement)}")
    click.echo("\n" + sentence("`gateprobe explain NAME` explains one of them."))


def _explain_kind(kind: FaultKind) -> None:
    click.echo(f"{kind.id}\n  {translated(kind.title)}")
    click.echo(sentence("  harm: {text}", text=translated(kind.harm)))
    click.echo(sentence("  usual cause: {text}", text=translated(kind.cause)))
    click.echo(sentence("  usual fix: {text}", text=translated(kind.mend)))
    for fault in kind.faults:
        click.echo(_to_reproduce(fault))
    if not kind.faults:
        click.echo(sentence("  no embedded reference shows it"))


def _to_reproduce(fault: str) -> str:
    return sentence("  reproduce it: gateprobe serve openai --fault {fault}", fault=fault)


def _explain(probe: Probe) -> None:
    plain = _plain(probe)
    click.echo(f"{probe.id}\n  {translated(probe.statement)}")
    click.echo(
        sentence(
            "  judges {capability}, level {level}, tier {tier}, since {since}",
            capability=probe.capability,
            level=probe.level,
            tier=plain["tier"],
            since=probe.since,
        )
    )
    if isinstance(probe.needs, Selection):
        click.echo(
            sentence(
                "  judges {answers}; needs at least {scenarios}",
                answers=translated(probe.needs.statement),
                scenarios=tuple(plain["scenarios"]),
            )
        )
    else:
        click.echo(
            sentence(
                "  judges the scenario {name}: {statement}",
                name=probe.needs.name,
                statement=translated(probe.needs.statement),
            )
        )


def _explain_rule(rule: Rule) -> None:
    click.echo(f"{rule.id}\n  {translated(rule.statement)}")
    click.echo(
        sentence(
            "  level {level}, {strictness}, source: {source}",
            level=rule.level,
            strictness=rule.strictness,
            source=rule.source,
        )
    )
    breaks = ", ".join(rule.breaks) or sentence("no client that was measured")
    click.echo(sentence("  breaks: {clients}", clients=breaks))
    click.echo(sentence("  example: {example}", example=rule.example))


def _explain_capability(name: str) -> None:
    capability = catalogue(relay=True)[name]
    click.echo(f"{capability.id}\n  {translated(capability.statement)}")
    if capability.unobservable:
        click.echo(sentence("  cannot be seen from outside: {reason}", reason=translated(capability.unobservable)))
    for gateway in (find(known_name) for known_name in known()):
        claim = gateway.documented(name)
        if claim.stance is Stance.SILENT and gateway.name != REFERENCE:
            continue
        quotes = "".join(f"\n    {source.quotation} ({source.title}, {source.date})" for source in claim.sources)
        click.echo(f"  {gateway.name}: {claim.stance} {claim.manner}{quotes}")
