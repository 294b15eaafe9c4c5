"""The part of a run that is about one gateway: nothing of the others is left in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from gateprobe.errors import UsageError
from gateprobe.gateway import REFERENCE, provider_of
from gateprobe.model import EMPTY
from gateprobe.record.file import Footer, Header, Run, exit_code
from gateprobe.text import either


def named_in(run: Run, wanted: str) -> tuple[str, ...]:
    """Return the gateways of a run that a name means; the name of a provider means all its image models.

    Raises:
        UsageError: the run contains none.
    """
    names = tuple(name for name in run.header.gateways if wanted in (name, provider_of(name)))
    if not names:
        raise UsageError(f"--gateway {wanted}: the run contains {either(run.header.gateways)}")
    return names


def narrowed(run: Run, names: Collection[str]) -> Run:
    """Return a run as if only some of its gateways had been audited; its exit code is that of their records."""
    records = tuple(record for record in run.records if record.gateway in names)
    header = _header(run.header, names)
    evidence = {name: captured for name, captured in run.evidence.items() if name in names}
    footer = None
    if run.footer is not None:
        code = header.limit(exit_code(records, header.options.needs, header.complaints))
        counts = Counter(str(record.verdict) for record in records)
        spent = {name: value for name, value in run.footer.spent.items() if name in names}
        footer = Footer(run.footer.finished_at, code, dict(sorted(counts.items())), spent, run.footer.stopped)
    return replace(run, header=header, records=records, footer=footer, evidence=evidence)


def _header(header: Header, names: Collection[str]) -> Header:
    options = header.options
    others = {name for name in header.gateways if name not in names}
    return replace(
        header,
        gateways=tuple(name for name in header.gateways if name in names),
        options=replace(
            options,
            selected=tuple(item for item in options.selected if item.rpartition("@")[2] in names),
            accepted=tuple(entry for entry in options.accepted if entry.gateway in names),
            log="",  # a log is about all gateways
        ),
        versions={name: value for name, value in header.versions.items() if name.removeprefix("claims.") not in others},
        warnings=_about(header.warnings, header.warned, others),
        complaints=_about(header.complaints, header.warned, others),
        foreign=_about(header.foreign, header.warned, others - {REFERENCE}),
        edited=tuple(claim for claim in header.edited if claim.rpartition("@")[2] not in others - {REFERENCE}),
        warned={name: sentences for name, sentences in header.warned.items() if name not in others} or EMPTY,
    )


def _about(
    sentences: tuple[str, ...], warned: Mapping[str, tuple[str, ...]], others: Collection[str]
) -> tuple[str, ...]:
    """Return the sentences that are not about other gateways alone."""
    retained = {sentence for name, about in warned.items() if name not in others for sentence in about}
    hidden = {sentence for name in others for sentence in warned.get(name, ())} - retained
    return tuple(sentence for sentence in sentences if sentence not in hidden)
