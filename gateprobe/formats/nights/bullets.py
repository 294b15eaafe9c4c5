"""A night as bullets, one for each provider that changed, and as a paragraph for chat, both without identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.formats.nights.night_names import causes, day, ordinal
from gateprobe.formats.words import clause, count, few, joined
from gateprobe.gateway import fault_kinds
from gateprobe.model import Cause
from gateprobe.text import shortened
from gateprobe.views.changes import Change, ChangeKind
from gateprobe.views.nights.gateway_nights import GatewayNight
from gateprobe.views.nights.night_comparison import NightComparison, was_observed

CHAT: Final = 600
"""The most characters of the paragraph for chat and mail."""

_LONG: Final = 140  # characters of one cause
_CAUSES: Final = 4  # causes of one provider that have a sentence; the others are counted


@dataclass(frozen=True, slots=True)
class Bullet:
    """What changed at providers, a sentence for each cause; providers with the same changes share a bullet."""

    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    worse: bool = False
    gateways: tuple[str, ...] = ()
    """The names of the gateways with these titles; empty where no gateway was audited."""

    @property
    def text(self) -> str:
        """The bullet as one line."""
        return f"{few(list(self.titles))}: {' '.join(self.sentences)}"


def bullets(night: NightComparison, gateways: Sequence[GatewayNight]) -> tuple[Bullet, ...]:
    """Return a bullet for each provider that changed, those that got worse first; empty in the first night."""
    if night.diff is None:
        return ()
    lost = {need.gateway for need in night.lost}
    alarmed = {change.record.gateway for change in night.alarms} | lost
    groups: dict[tuple[str, ...], list[GatewayNight]] = {}
    for gateway in gateways:
        if sentences := tuple(_sentences(night, gateway)):
            groups.setdefault(sentences, []).append(gateway)
    keyless = []
    if night.keyless:
        keyless.append(Bullet(night.keyless, ("Not audited, because the key is no longer set.",)))
    changed = [
        Bullet(
            tuple(gateway.title for gateway in group),
            sentences,
            any(gateway.gateway in alarmed for gateway in group),
            tuple(gateway.gateway for gateway in group),
        )
        for sentences, group in groups.items()
    ]
    return tuple(sorted([*changed, *keyless], key=lambda bullet: not bullet.worse))


def chat(night: NightComparison, gateways: Sequence[GatewayNight], changed: Sequence[Bullet]) -> str:
    """Return the night in at most 600 characters: what changed, provider by provider, then the state of all."""
    if night.diff is None:
        return shortened(f"The first night. {_state(gateways)}", CHAT)
    first = f"Since {day(night.earlier[-1], night)}: "
    last = f" {_state(gateways)}"
    if not changed:
        return shortened(f"{first}no provider changed.{last}", CHAT)
    texts: list[str] = []
    left = CHAT - len(first) - len(last) - len(" And 99 more changes.")
    for bullet in changed:
        text = shortened(bullet.text, max(left, 1)) if not texts else bullet.text
        if len(text) + 1 > left and texts:
            break
        texts.append(text)
        left -= len(text) + 1
    more = len(changed) - len(texts)
    rest = f" And {count(more, 'more change')}." if more else ""
    return shortened(f"{first}{' '.join(texts)}{rest}{last}", CHAT)


def _state(gateways: Sequence[GatewayNight]) -> str:
    """Return the state of all providers: broken and flaky musts, and the providers that were out."""
    broken = [f"{count(gateway.musts, 'must')} at {gateway.title}" for gateway in gateways if gateway.musts]
    out = [gateway.title for gateway in gateways if gateway.outage]
    flaky = [f"{count(gateway.flaky, 'must')} at {gateway.title}" for gateway in gateways if gateway.flaky]
    parts = [f"broken: {few(broken)}"] if broken else ["no must is broken"]
    parts += [f"flaky: {few(flaky)}"] if flaky else []
    parts += [f"not observed: {few(out)}"] if out else []
    return f"In all, {'; '.join(parts)}."


def _sentences(night: NightComparison, gateway: GatewayNight) -> Iterator[str]:
    """Yield what changed at one provider; during an outage, only the outage."""
    if gateway.outage:
        nights = night.incomplete_nights(gateway.gateway, entirely=True)
        still = f", for the {ordinal(nights)} night" if nights > 1 else ""
        yield f"Nothing could be observed ({gateway.outage}){still}."
        return
    changes = [change for change in night.changes if change.is_theirs and change.record.gateway == gateway.gateway]
    if all(change.old is None for change in changes) and changes:
        yield "Tested for the first time."
        return
    changes = [change for change in changes if not night.flaps(change) and change.old is not None]
    worse = [change for change in changes if change.kind is ChangeKind.WORSE and not change.record.accepted]
    yield from _by_cause(night, "Now broken", [change for change in worse if was_observed(change)])
    yield from _by_cause(night, "Broken, not observed before", [change for change in worse if not was_observed(change)])
    for need in night.lost:
        if need.gateway == gateway.gateway:
            yield "A needed capability no longer works."
    unlike = [change for change in night.no_longer_compatible if change.record.gateway == gateway.gateway]
    yield from _by_cause(night, "No longer as OpenAI, with no promise broken", unlike)
    if better := _capabilities(change for change in changes if change.kind is ChangeKind.BETTER):
        yield f"Kept again: {count(better, 'promise')}."
    different = [change for change in changes if change.kind is ChangeKind.DIFFERENT]
    if alike := _capabilities(change for change in different if change.as_openai == (False, True)):
        yield f"As OpenAI again: {count(alike, 'capability', 'capabilities')}."
    if any(change.turned_flaky for change in changes):
        yield "Some answers are flaky now."
    seen = [change for change in changes if change.cause_before is not None]
    if seen and not worse:
        yield f"Observed again: {count(_capabilities(seen), 'capability', 'capabilities')}."
    unseen = [change for change in changes if change.unseen_cause not in (None, Cause.PREREQUISITE)]
    if unseen:
        names = joined(sorted({str(change.unseen_cause) for change in unseen}))
        yield f"No longer observed: {count(_capabilities(unseen), 'capability', 'capabilities')} ({names})."


def _by_cause(night: NightComparison, what: str, changes: Sequence[Change]) -> Iterator[str]:
    """Yield a sentence for each cause: the kind of fault in words, and how many more promises it breaks."""
    groups = causes(night, changes) if changes else []
    for group in groups[:_CAUSES]:
        record = group[0].record
        kind = fault_kinds().get(record.fault_kind)
        title = clause(kind.title if kind is not None else record.statement or record.reason)
        more = _capabilities(group) - 1
        also = f", with {count(more, 'more capability', 'more capabilities')}" if more else ""
        yield f"{what}: {shortened(title, _LONG)}{also}."
    if len(groups) > _CAUSES:
        yield f"{what}: {count(len(groups) - _CAUSES, 'more cause')}."


def _capabilities(changes: Iterable[Change]) -> int:
    return len({change.record.capability for change in changes})
