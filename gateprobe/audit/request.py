"""Build an audit request from the values of options: of the command, of pytest or of a settings file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from gateprobe.audit.gateways.consent import NOTHING_NAMED
from gateprobe.audit.gateways.targets import Target, resolve, shard_of
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.capture import AttemptLimits, Budget
from gateprobe.gateway import Overrides
from gateprobe.judge.acceptance import check_profile
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.budget import EarlierSpending
from gateprobe.plan.planning import check_needs
from gateprobe.record import baseline

KILOBYTE: Final = 1024
MEGABYTE: Final = 1024 * 1024

Values = Mapping[str, Any]
"""The values of options by their names (`max_images`); a missing one, or None, is the default."""


@dataclass(frozen=True, slots=True)
class Request:
    """The gateways to audit, the settings, and the selection of items."""

    targets: tuple[Target, ...]
    settings: Settings
    select: ItemFilter


def read_request(gateways: Sequence[str], values: Values, environment: Mapping[str, str]) -> Request:
    """Return the audit that option values describe; with no gateway named, of the embedded references.

    Raises:
        UsageError: a gateway, a need, a file or a value cannot be used.
    """
    settings = read_settings(values)
    consent = values.get("consent", NOTHING_NAMED)
    embedded = bool(values.get("embedded"))
    targets = resolve(gateways, environment, read_overrides(values), embedded=embedded, consent=consent)
    select = ItemFilter(tuple(values.get("probes") or ()), values.get("expression") or "", values.get("surface") or "")
    part = shard_of(targets, values.get("shard"))
    if settings.budget.total is not None:
        share = settings.budget.total * len(part) / len(targets)
        settings = replace(settings, budget=replace(settings.budget, total=share))
    return Request(part, settings, select)


def read_overrides(values: Values) -> Overrides:
    """Return the options that override the gateway file."""
    images = values.get("image_model") or ()
    key_env, text_model, base_url, user_agent = map(values.get, ("key_env", "text_model", "base_url", "user_agent"))
    return Overrides(key_env, text_model, (images,) if isinstance(images, str) else tuple(images), base_url, user_agent)


def read_budget(values: Values) -> Budget:
    """Return the budget of one gateway that option values describe, with the spending before the run (`earlier`)."""
    usd, images, requests = values.get("budget"), values.get("max_images"), values.get("max_requests")
    return Budget(usd, images, requests, values.get("total_budget"), values.get("earlier") or EarlierSpending())


def read_settings(values: Values) -> Settings:
    """Return the settings that option values describe.

    Raises:
        UsageError: a need is not a capability, the profile is not a month, or the baseline cannot be read.
    """
    usual = Settings()
    needs = tuple(values.get("needs") or ())
    check_needs(needs)
    profile, accepted = values.get("profile"), values.get("baseline")
    return Settings(
        tier=Tier(values.get("tier") or usual.tier),
        needs=needs,
        budget=read_budget(values),
        jobs=values.get("jobs") or usual.jobs,
        per_minute=values.get("rpm"),
        limits=read_limits(values),
        profile=check_profile(profile, [probe.since for probe in probes()]) if profile else "",
        accepted=baseline.load(Path(accepted)) if accepted else (),
        repeat=values.get("repeat") or usual.repeat,
        delay=values.get("delay") or usual.delay,
        seed=values.get("seed"),
        surface=values.get("surface") or "",
        combined=bool(values.get("combined")),
    )


def read_limits(values: Values) -> AttemptLimits:
    """Return the time-outs and sizes that option values describe; none is longer than a whole answer may take."""
    usual = AttemptLimits()

    def given(name: str, default: float) -> float:
        value = values.get(name)
        return default if value is None else float(value)

    total = given("answer_timeout", usual.total)
    return AttemptLimits(
        connect=min(given("connect_timeout", usual.connect), total),
        first_byte=min(given("first_byte_timeout", usual.first_byte), total),
        silence=min(given("silence_timeout", usual.silence), total),
        total=total,
        body=int(given("max_body", usual.body / MEGABYTE) * MEGABYTE),
        lines=int(given("max_stream_lines", usual.lines)),
        values=int(given("max_json_values", usual.values)),
        kept=int(given("keep_oversized", usual.kept / KILOBYTE) * KILOBYTE),
        link_total=given("link_timeout", usual.link_total),
        link_body=int(given("max_link_body", usual.link_body / MEGABYTE) * MEGABYTE),
        longest_pause=min(usual.longest_pause, total),
        cooldown=min(usual.cooldown, total),
    )
