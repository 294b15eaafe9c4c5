"""Records: one line of `run.jsonl` for each probe, gateway and value; a header before, a footer after.

Everything that is shown anywhere is drawn from these and from the evidence beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from gateprobe import codec, files
from gateprobe.errors import BrokenRunError, ExitCode, NoSuchRunError
from gateprobe.evidence import Evidence
from gateprobe.message import Message
from gateprobe.model import EMPTY, Blame, Cause, Json, Level, Observed, Place, Scope, Stance, Tier, Verdict
from gateprobe.plan.spending import Spending
from gateprobe.record.options import RunOptions

FORMAT: Final = 2
"""The version of the run file's form; a run of another version is refused with a sentence."""

ATTRIBUTION_FAILED: Final = "attribution_failed"
"""The signature of a record whose attribution failed by a fault of gateprobe."""


@dataclass(frozen=True, slots=True)
class Record:
    """One judgement.

    `item` is the pytest name (`probe[value]@gateway`), permanent and unique in a run. `compatible` is the second
    verdict, against OpenAI's claim: True, False, or None where nothing was observed or OpenAI says nothing;
    `reference` is that verdict in the table's words. `evidence` names the scenarios, as stored, that were judged.
    `elapsed` is the seconds that their exchanges took. `blame` is whose doing an unconfirmed verdict most likely is
    (None where it is confirmed), `signature` the id of the answer that shows it (`judge.signatures`), empty where the
    cause or the observation does.
    With `--repeat`, `repeats` counts what was observed in each turn, and `interval` is the 95 % interval of the share
    that was honoured; the record then stands for the worst that was observed.
    `message` is the finding in words, `fault_kind` what is wrong (empty where nothing is), `scope` the kind of
    request that it is about, `place` the exchange that decided (None where it is about all that were looked at);
    the finding against OpenAI's claim has `reference_message` and `reference_fault_kind`.
    `accepted` is the reason for which the run's baseline accepts a contradiction. `advisory` is set where the probe is
    newer than the run's profile and cannot fail it. `caused_by` is the capability whose fault hid what could not be
    observed; `settled` is set where the run's baseline accepts that fault, so that it leaves nothing open. `optional`
    is set where a run is complete without this answer. `install` is the command that installs what our own installation
    lacks for it.
    """

    item: str
    gateway: str
    capability: str
    probe: str
    stance: Stance
    observed: Observed
    cause: Cause | None
    verdict: Verdict
    compatible: bool | None
    reference: Verdict
    level: Level
    message: Message
    reference_message: Message
    evidence: tuple[str, ...]
    elapsed: float
    value: Json = None
    fault_kind: str = ""
    reference_fault_kind: str = ""
    scope: Scope = field(default_factory=Scope)
    place: Place | None = None
    statement: str = ""
    blame: Blame | None = Blame.UNDETERMINED
    signature: str = ""
    accepted: str = ""
    advisory: bool = False
    repeats: Mapping[str, int] = field(default_factory=dict, hash=False)
    interval: tuple[float, float] | None = None
    caused_by: str = ""
    settled: bool = False
    optional: bool = False
    install: str = ""

    def with_texts(self, change: Callable[[str], str]) -> Record:
        """Return the record with the texts of its findings changed."""
        finding, reference = self.message.with_texts(change), self.reference_message.with_texts(change)
        return replace(self, message=finding, reference_message=reference)

    @property
    def reason(self) -> str:
        """The sentence of the finding."""
        return str(self.message)

    @property
    def reference_reason(self) -> str:
        """The sentence of the finding against OpenAI's claim."""
        return str(self.reference_message)

    @property
    def flaky(self) -> bool:
        """Whether the same question was answered as asked in some turns, and otherwise in others."""
        return Observed.HONOURED in self.repeats and not self.repeats.keys() <= {Observed.HONOURED, Observed.UNOBSERVED}

    @property
    def fails(self) -> bool:
        """Whether this record alone makes a run fail."""
        return self.verdict is Verdict.CONTRADICTED and self.level is Level.MUST and not self.accepted

    @property
    def failed_here(self) -> bool:
        """Whether gateprobe itself failed at this; what is not installed is no failure."""
        return self.cause is Cause.HARNESS and not self.install

    @property
    def unseen(self) -> bool:
        """Whether something that could have been observed was not."""
        left_out = self.cause is Cause.UNOBSERVABLE or self.optional or self.advisory
        return self.verdict is Verdict.UNPROVEN and not left_out

    @property
    def incomplete(self) -> bool:
        """Whether this leaves a run incomplete: not observed, and not behind a contradiction that is accepted."""
        return self.unseen and not self.settled

    @property
    def attention(self) -> int:
        """How much a reader should look here: 0 most, for sorting."""
        if self.accepted:
            return 2
        if self.verdict is Verdict.CONTRADICTED:
            return (Level.MUST, Level.SHOULD, Level.INFO).index(self.level)
        if self.verdict is Verdict.UNPROVEN:
            return 3 if self.incomplete else 6
        if self.compatible is False:
            return 4
        return {Verdict.UNDECLARED: 5}.get(self.verdict, 7)


@dataclass(frozen=True, slots=True)
class Header:
    """What a run was: when, of which gateways, with which gateprobe and options. Never a secret.

    `warnings` are sentences that a reader needs before any verdict: a gateway file that names a model that is gone.
    `complaints` are sentences about the baseline that make the run fail: an accepted contradiction that is none.
    `foreign` are sentences about what comes from elsewhere, `edited` the claims (`capability@gateway`) of a run from
    elsewhere that differ from the files that come with gateprobe: a run with such claims is never complete.
    `warned` has those sentences of all three kinds that are about single gateways, by gateway.
    """

    started_at: str
    version: str
    gateways: tuple[str, ...]
    tier: str
    embedded: bool = False
    options: RunOptions = field(default_factory=RunOptions)
    versions: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    warnings: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    warned: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)

    def limit(self, code: ExitCode) -> ExitCode:
        """Return the exit code of a run; a run with claims that differ from gateprobe's is not complete."""
        return ExitCode.INCOMPLETE if code is ExitCode.OK and self.edited else code


@dataclass(frozen=True, slots=True)
class Footer:
    """How a run ended: the time, the exit code, and counts of verdicts. A missing footer means a run that died.

    `spent` is what was spent on each gateway, by its name. `stopped` is set where a person or a crash stopped the audit
    before all was asked: `--resume` sends the rest.
    """

    finished_at: str
    exit_code: int
    counts: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, Spending] = field(default_factory=dict)
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A run as read from its folder. `torn` is set where a killed process or a full disk left half a last line.

    `evidence` is what was read of it already, by gateway and scenario; `views.evidence` reads the rest.
    """

    folder: Path
    header: Header
    records: tuple[Record, ...]
    footer: Footer | None
    torn: bool = False
    evidence: dict[str, Mapping[str, Evidence]] = field(default_factory=dict, repr=False, compare=False)


def dumps(record: Record) -> str:
    """Return a record as JSON text."""
    return codec.dumps(record).decode()


def loads(text: str) -> Record:
    """Return the record that `dumps` wrote."""
    return codec.from_plain(Record, orjson.loads(text))


def _line(kind: str, value: Header | Record | Footer, **more: Json) -> bytes:
    return orjson.dumps({"kind": kind, **more, **codec.to_plain(value)}, option=orjson.OPT_APPEND_NEWLINE)


def write(path: Path, header: Header, records: Iterable[Record], footer: Footer | None) -> None:
    """Write a run file whole; a temporary file takes its place at once, so that no reader sees half of it."""
    lines = [_line("header", header, format=FORMAT)]
    lines += [_line("record", record) for record in records]
    if footer is not None:
        lines.append(_line("footer", footer))
    files.write(path.parent, path, b"".join(lines))


def load(folder: Path, *, any_format: bool = False, evidence: Mapping[str, Mapping[str, Evidence]] = EMPTY) -> Run:
    """Read a run from its folder. A last line that is cut short is skipped; the run is then torn.

    `evidence` is what was read of it already, by gateway.
    With `any_format`, a run file of another format is read as far as its header, so that its evidence can be judged.

    Raises:
        NoSuchRunError: there is no `run.jsonl`.
        BrokenRunError: another line is not what it should be, or the header is not whole.
    """
    path = folder / "run.jsonl"
    lines = _lines(path)
    if any_format and (other := _header_of_another_format(lines[0])):
        return Run(folder, other, (), None)
    header: Header | None = None
    footer: Footer | None = None
    records: list[Record] = []
    torn = False
    for number, line in enumerate(lines[:-1] if lines[-1] == b"" else lines, 1):
        try:
            value = orjson.loads(line)
            match value.pop("kind"):
                case "header":
                    header = _header(value)
                case "record":
                    records.append(codec.from_plain(Record, value))
                case "footer":
                    footer = codec.from_plain(Footer, value)
                    ExitCode(footer.exit_code)  # a footer with another code is invalid
        except orjson.JSONDecodeError:
            if header is None or number != len(lines):
                raise BrokenRunError(f"{path}, line {number}: not a line of a run (cut short, or no JSON)") from None
            torn = True
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenRunError(f"{path}, line {number}: not a line of a run ({error})") from None
    if header is None:
        raise BrokenRunError(f"{path}: the first line should be the run's header")
    return Run(folder, header, tuple(records), footer, torn, dict(evidence))


def _lines(path: Path) -> list[bytes]:
    try:
        return files.read(path.parent, path).split(b"\n")
    except FileNotFoundError:
        raise NoSuchRunError(
            f"{path.parent} holds no run.jsonl; give the folder of an audit, as it was printed"
        ) from None
    except OSError as error:
        raise NoSuchRunError(f"{path} cannot be read: {error.strerror}") from None


def _header_of_another_format(line: bytes) -> Header | None:
    """Return the fields that this format has, too; None where the line is no header of another format."""
    try:
        value = orjson.loads(line)
        if value["kind"] != "header" or value["format"] == FORMAT:
            return None
        fields = {name: value[name] for name in Header.__dataclass_fields__ if name in value}
        return codec.from_plain(Header, fields)
    except (ValueError, KeyError, TypeError):
        return None


def _header(value: dict[str, Json]) -> Header:
    if (version := value.pop("format", None)) != FORMAT:
        raise ValueError(
            f"format {version}, and this gateprobe reads format {FORMAT}; `gateprobe judge` writes the run anew"
        )
    return codec.from_plain(Header, value)


def started_at(run: Run) -> datetime:
    """Return when a run began.

    Raises:
        BrokenRunError: its header states no time.
    """
    try:
        return datetime.fromisoformat(run.header.started_at)
    except ValueError:
        raise BrokenRunError(
            f"{run.folder / 'run.jsonl'}: started_at is not a time; copy the run again from where it was made"
        ) from None


def tier_of(run: Run) -> Tier:
    """Return the tier of a run.

    Raises:
        BrokenRunError: its header states an unknown tier.
    """
    if run.header.tier not in list(Tier):
        raise BrokenRunError(
            f"{run.folder / 'run.jsonl'}: its header states an unknown tier; copy the run again from where it was made"
        )
    return Tier(run.header.tier)


def exit_code(records: Iterable[Record], needs: Iterable[str] = (), complaints: Iterable[str] = ()) -> ExitCode:
    """Return the exit code of the design.

    `CONTRADICTED` for a contradicted must, a capability in `needs` that is missing, or a complaint about the baseline;
    `FAILED` for a fault of gateprobe; `INCOMPLETE`, also where a needed capability was not at work; else `OK`.
    """
    judged, needed = tuple(records), tuple(needs)
    if any(record.fails for record in judged) or missing(judged, needed) or any(complaints):
        return ExitCode.CONTRADICTED
    if any(record.failed_here for record in judged):
        return ExitCode.FAILED
    unseen = any(
        not any(record.observed is Observed.HONOURED for record in of_need(judged, gateway, need))
        for gateway in {record.gateway for record in judged}
        for need in needed
    )
    return ExitCode.INCOMPLETE if unseen or any(record.incomplete for record in judged) else ExitCode.OK


def missing(records: Iterable[Record], needs: Iterable[str]) -> tuple[Record, ...]:
    """Return the records that show a needed capability to be missing, whatever the documents say of it.

    A capability is what its `must` probes say of it, or all of its probes where none is a `must`. One that the baseline
    accepts is passed over as long as another of them is honoured.
    """
    judged = tuple(records)
    gateways = dict.fromkeys(record.gateway for record in judged)
    return tuple(
        record
        for gateway in gateways
        for need in dict.fromkeys(needs)
        for record in _lacking(of_need(judged, gateway, need))
    )


def _lacking(records: Iterable[Record]) -> list[Record]:
    judged = list(records)
    works = any(record.observed is Observed.HONOURED for record in judged)
    lacking = (Observed.REFUSED, Observed.IGNORED, Observed.MALFORMED)
    return [record for record in judged if record.observed in lacking and not (works and record.accepted)]


def of_need(records: Iterable[Record], gateway: str, capability: str) -> list[Record]:
    """Return the records that show whether a gateway has a needed capability; none newer than the profile."""
    judged = [
        record
        for record in records
        if record.gateway == gateway and record.capability == capability and not record.advisory
    ]
    return [record for record in judged if record.level is Level.MUST] or judged
