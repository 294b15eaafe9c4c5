"""A night as bullets, one for each provider that changed, and as a paragraph for chat, both without identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.formats.nights.night_names import causes, day, for_the_night
from gateprobe.formats.words import clause, count, few, joined, paragraph
from gateprobe.gateway import fault_kinds
from gateprobe.language import translated
from gateprobe.message import sentence
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
        return sentence("{titles}: {text}", titles=few(list(self.titles)), text=paragraph(self.sentences))


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
        keyless.append(Bullet(night.keyless, (sentence("Not audited, because the key is no longer set."),)))
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
        return shortened(paragraph([sentence("The first night."), _state(gateways)]), CHAT)
    first = sentence("Since {time}: ", time=day(night.earlier[-1], night))
    last = _state(gateways)
    if not changed:
        return shortened(paragraph([first + sentence("no provider changed."), last]), CHAT)
    texts: list[str] = []
    left = CHAT - len(first) - len(last) - len("  And 99 more changes.")
    for bullet in changed:
        text = shortened(bullet.text, max(left, 1)) if not texts else bullet.text
        if len(text) + 1 > left and texts:
            break
        texts.append(text)
        left -= len(text) + 1
    more = len(changed) - len(texts)
    rest = [sentence("And {changes}.", changes=count(more, "more change"))] if more else []
    return shortened(first + paragraph([*texts, *rest, last]), CHAT)


def _state(gateways: Sequence[GatewayNight]) -> str:
    """Return the state of all providers: broken and flaky musts, and the providers that were out."""
    broken = [_musts(gateway, gateway.musts) for gateway in gateways if gateway.musts]
    out = [gateway.title for gateway in gateways if gateway.outage]
    flaky = [_musts(gateway, gateway.flaky) for gateway in gateways if gateway.flaky]
    parts = [sentence("broken: {names}", names=few(broken))] if broken else [sentence("no must is broken")]
    parts += [sentence("flaky: {names}", names=few(flaky))] if flaky else []
    parts += [sentence("not observed: {names}", names=few(out))] if out else []
    return sentence("In all, {state}.", state=translated("; ").join(parts))


def _musts(gateway: GatewayNight, number: int) -> str:
    return sentence("{musts} at {title}", musts=count(number, "must"), title=gateway.title)


def _sentences(night: NightComparison, gateway: GatewayNight) -> Iterator[str]:
    """Yield what changed at one provider; during an outage, only the outage."""
    if gateway.outage:
        nights = night.incomplete_nights(gateway.gateway, entirely=True)
        yield sentence(
            "Nothing could be observed ({cause}){still}.",
            cause=translated(str(gateway.outage)),
            still=for_the_night(nights),
        )
        return
    changes = [change for change in night.changes if change.is_theirs and change.record.gateway == gateway.gateway]
    if all(change.old is None for change in changes) and changes:
        yield sentence("Tested for the first time.")
        return
    changes = [change for change in changes if not night.flaps(change) and change.old is not None]
    worse = [change for change in changes if change.kind is ChangeKind.WORSE and not change.record.accepted]
    yield from _by_cause(night, sentence("Now broken"), [change for change in worse if was_observed(change)])
    unseen_before = [change for change in worse if not was_observed(change)]
    yield from _by_cause(night, sentence("Broken, not observed before"), unseen_before)
    for need in night.lost:
        if need.gateway == gateway.gateway:
            yield sentence("A needed capability no longer works.")
    unlike = [change for change in night.no_longer_compatible if change.record.gateway == gateway.gateway]
    yield from _by_cause(night, sentence("No longer as OpenAI, with no promise broken"), unlike)
    if better := _capabilities(change for change in changes if change.kind is ChangeKind.BETTER):
        yield sentence("Kept again: {promises}.", promises=count(better, "promise"))
    different = [change for change in changes if change.kind is ChangeKind.DIFFERENT]
    if alike := _capabilities(change for change in different if change.as_openai == (False, True)):
        yield sentence("As OpenAI again: {capabilities}.", capabilities=count(alike, "capability", "capabilities"))
    if any(change.turned_flaky for change in changes):
        yield sentence("Some answers are flaky now.")
    seen = [change for change in changes if change.cause_before is not None]
    if seen and not worse:
        number = count(_capabilities(seen), "capability", "capabilities")
        yield sentence("Observed again: {capabilities}.", capabilities=number)
    unseen = [change for change in changes if change.unseen_cause not in (None, Cause.PREREQUISITE)]
    if unseen:
        names = joined([translated(name) for name in sorted({str(change.unseen_cause) for change in unseen})])
        number = count(_capabilities(unseen), "capability", "capabilities")
        yield sentence("No longer observed: {capabilities} ({causes}).", capabilities=number, causes=names)


def _by_cause(night: NightComparison, what: str, changes: Sequence[Change]) -> Iterator[str]:
    """Yield a sentence for each cause: the kind of fault in words, and how many more promises it breaks."""
    groups = causes(night, changes) if changes else []
    for group in groups[:_CAUSES]:
        record = group[0].record
        kind = fault_kinds().get(record.fault_kind)
        title = clause(translated(kind.title) if kind is not None else record.statement or record.reason)
        more = _capabilities(group) - 1
        also = ""
        if more:
            also = sentence(", with {capabilities}", capabilities=count(more, "more capability", "more capabilities"))
        yield sentence("{what}: {title}{also}.", what=what, title=shortened(title, _LONG), also=also)
    if len(groups) > _CAUSES:
        yield sentence("{what}: {title}.", what=what, title=count(len(groups) - _CAUSES, "more cause"))


def _capabilities(changes: Iterable[Change]) -> int:
    return len({change.record.capability for change in changes})
