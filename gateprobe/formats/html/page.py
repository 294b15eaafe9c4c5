"""The page as values: everything that the template shows, worked out beforehand and without markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from gateprobe import files
from gateprobe.codec import to_plain
from gateprobe.formats.curl import curl
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.formats.html.contrast import ContrastView, contrast_view
from gateprobe.formats.html.exchanges import ScenarioRunView, href
from gateprobe.formats.snippets import snippets
from gateprobe.formats.words import EXPECTED, milliseconds
from gateprobe.gateway import Gateway
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.model import Cause, Claim, Json, Place, Source, Stance
from gateprobe.record.file import Record, Run
from gateprobe.record.narrowing import narrowed
from gateprobe.stream import RULES
from gateprobe.views.advice import Advice, advise
from gateprobe.views.answer import Answer, answer
from gateprobe.views.causes import CauseGroup
from gateprobe.views.drawing import Drawing, drawings_of
from gateprobe.views.matrix import CapabilityRow, Cell, Matrix
from gateprobe.views.obstacles import obstacles
from gateprobe.views.tally import Outcome, Tally

_MOST_EXCHANGES: Final = 4  # that one finding names; a probe over all streams is judged on dozens


class View(StrEnum):
    """How much of a run one page holds."""

    WHOLE = "whole"
    OVERVIEW = "overview"
    """The answer and the matrix of many gateways; findings and exchanges are on a page for each."""
    ONE = "one"
    """Everything of one gateway out of many."""


def page_of(gateway: str) -> str:
    """Return the file name of one gateway's own page, where a run has too many for one page."""
    return f"gateway-{files.stem(gateway)}.html"


@dataclass(frozen=True, slots=True)
class GatewayColumn:
    """One gateway: its counts, and everything captured from it."""

    gateway: Gateway
    tally: Tally
    scenario_runs: tuple[ScenarioRunView, ...]
    advice: Advice
    drawing: Drawing
    embedded: bool = False
    obstacles: tuple[tuple[Record, ...], ...] = ()
    """What could have been observed and was not: a group for each thing in the way, the largest first."""

    @property
    def by_id(self) -> dict[str, ScenarioRunView]:
        """The scenarios that were run, by their ids."""
        return {scenario_run.id: scenario_run for scenario_run in self.scenario_runs}

    @property
    def draws(self) -> str:
        """What draws here, as one sentence; empty where nothing is known."""
        return drawing_sentence(self.drawing)

    @property
    def request(self) -> str:
        """The simplest request that drew a picture, as a command; empty where none did."""
        best = self.drawing.best
        return curl(self.gateway, best.request, embedded=self.embedded) if best is not None else ""

    @property
    def code(self) -> Mapping[str, str]:
        """Ready code for the way that is recommended, by language; empty where none is."""
        return snippets(self.gateway, self.advice.best, embedded=self.embedded) if self.advice.best else {}

    @property
    def images(self) -> int:
        """How many pictures were paid for: those of each exchange that succeeded."""
        return sum(
            step.exchange.request.images
            for scenario_run in self.scenario_runs
            for step in scenario_run.steps
            if step.exchange.ok
        )

    @property
    def requests(self) -> int:
        """How many requests left, every attempt counted."""
        return sum(len(step.attempts) for scenario_run in self.scenario_runs for step in scenario_run.steps)


@dataclass(frozen=True, slots=True)
class ProofLink:
    """A finding's way to an exchange: its anchor, its name and one line of what came."""

    anchor: str
    name: str
    line: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the page shows."""

    matrix: Matrix
    columns: tuple[GatewayColumn, ...]
    answer: Answer
    took: str
    used: Mapping[tuple[str, str], tuple[str, ...]]
    """The capabilities that were judged on an exchange, by gateway and scenario."""
    view: View = View.WHOLE

    @property
    def run(self) -> Run:
        """The run."""
        return self.matrix.run

    def attention(self, row: CapabilityRow) -> str:
        """Return the classes that filters go by; what each means is said below."""
        flags = {
            "n": row.needs_attention,
            "d": any(cell.compatible is False for cell in row.cells),
            "g": row.differs,
            "u": any(cell.unseen for cell in row.cells),
            "j": any(cell.records for cell in row.cells),
        }
        return " ".join(flag for flag, holds in flags.items() if holds)

    def counted(self, flag: str) -> int:
        """Count the rows that a filter shows."""
        return sum(flag in self.attention(row).split() for row in self.matrix.rows())

    def shows(self, labels: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
        """Return the filters of this page: the class that a row then needs, the label, and how many rows have it."""
        for flag, label in labels.items():
            if flag != "g" or len(self.columns) > 1:
                yield flag, label, self.counted(flag) if flag else sum(1 for _ in self.matrix.rows())

    def column(self, gateway: str) -> GatewayColumn:
        """Return a gateway's column."""
        return next(column for column in self.columns if column.gateway.name == gateway)

    @property
    def options(self) -> dict[str, Json]:
        """The options of the run that were set, but for the log, which has a link of its own."""
        options: dict[str, Json] = to_plain(self.run.header.options, omit_defaults=True)
        return {name: value for name, value in options.items() if name != "log"}

    @property
    def log(self) -> str:
        """The link to the log of the audit, relative to the report; empty where there is none."""
        return quote(self.run.header.options.log, safe="/.-_~")

    def to(self, gateway: str, rest: str) -> str:
        """Return the link to a finding or an exchange of a gateway, wherever it is shown."""
        anchored = href(f"{gateway}/{rest}")
        return page_of(gateway) + anchored if self.view is View.OVERVIEW else anchored

    def proof(self, record: Record) -> tuple[tuple[ProofLink, ...], int]:
        """Return the exchanges that an item was judged on, and how many more there are.

        The one that decided comes first, then those that break it.
        """
        known = self.column(record.gateway).by_id
        place = record.place
        names = sorted(
            dict.fromkeys(_proof(record)),
            key=lambda name: (
                place is None or name != place.scenario_run,
                name not in known or not _breaks(known[name], record.capability),
            ),
        )
        links = tuple(_proof_link(name, known.get(name), place) for name in names[:_MOST_EXCHANGES])
        return links, max(0, len(names) - _MOST_EXCHANGES)

    def contrast(self, cell: Cell) -> ContrastView | None:
        """Return what was asked and received where a cell was decided; None where that is not on this page."""
        known = self.column(cell.gateway).by_id
        return contrast_view(cell.worst, known) if cell.worst is not None else None

    def expected(self, cell: Cell) -> str:
        """Return what the claim lets one expect: what is offered, in the words of the item where there is only one."""
        if cell.stance is not Stance.OFFERED:
            return translated(EXPECTED[cell.stance])
        statement = cell.records[0].statement if len(cell.records) == 1 else ""
        return translated(statement or cell.capability.statement)

    def cause(self, cell: Cell) -> CauseGroup | None:
        """Return the cause that a cell belongs to, contradicted by it or hidden behind it; None where it has none."""
        causes = self.column(cell.gateway).tally.causes
        return next((cause for cause in causes if cell in cause.cells), None)

    def judged_on(self, gateway: str, scenario_run: str) -> tuple[str, ...]:
        """Return the capabilities that were judged on an exchange, in the catalogue's order."""
        return self.used.get((gateway, scenario_run), ())

    def language(self, gateway: Gateway, source: Source) -> str:
        """Return the language that a document is written in, as an IETF tag."""
        document = gateway.documents.get(source.document)
        return document.language if document else ""

    def reference_claim(self, capability: str) -> Claim:
        """Return what OpenAI's documentation says."""
        return self.matrix.reference.claim(capability)

    def reference_source(self, capability: str) -> Source | None:
        """Return the sentence of OpenAI's documentation, if there is one: an English one before a translated one."""
        sources = self.reference_claim(capability).sources
        english = (item for item in sources if self.language(self.matrix.reference, item) in {"", "en"})
        return next(english, next(iter(sources), None))


def alone(matrix: Matrix, gateway: str) -> Matrix:
    """Return the matrix of one gateway out of many."""
    groups = tuple(
        replace(group, rows=tuple(replace(row, cells=_of(row.cells, gateway)) for row in group.rows))
        for group in matrix.groups
    )
    gateways = tuple(known for known in matrix.gateways if known.name == gateway)
    return replace(matrix, run=narrowed(matrix.run, {gateway}), gateways=gateways, groups=groups)


def _by_need(matrix: Matrix, tallies: Mapping[str, Tally]) -> Matrix:
    """Put those gateways first that a reader should look at first; of equals, in the order of the run."""
    places = sorted(
        range(len(matrix.gateways)), key=lambda at: list(Outcome).index(tallies[matrix.gateways[at].name].outcome)
    )
    groups = tuple(
        replace(
            group, rows=tuple(replace(row, cells=tuple(row.cells[place] for place in places)) for row in group.rows)
        )
        for group in matrix.groups
    )
    return replace(matrix, gateways=tuple(matrix.gateways[place] for place in places), groups=groups)


def _of(cells: tuple[Cell, ...], gateway: str) -> tuple[Cell, ...]:
    return tuple(cell for cell in cells if cell.gateway == gateway)


def build_page(
    matrix: Matrix, scenario_runs: Mapping[str, tuple[ScenarioRunView, ...]], view: View = View.WHOLE
) -> Page:
    """Work out the page of a run: its gateways in one order everywhere, those first that need a reader."""
    facts = answer(matrix)
    tallies = {counts.gateway: counts for counts in facts.gateways}
    matrix = _by_need(matrix, tallies)
    embedded = matrix.run.header.embedded
    drawings = drawings_of(matrix.run, matrix.gateways)
    columns = tuple(
        GatewayColumn(
            gateway,
            tallies[gateway.name],
            scenario_runs.get(gateway.name, ()),
            advise(gateway, matrix.column(gateway.name)),
            drawings[gateway.name],
            embedded,
            _obstacles(matrix, tallies[gateway.name]),
        )
        for gateway in matrix.gateways
    )
    return Page(matrix, columns, facts, _took(matrix.run), _used(matrix), view)


def _obstacles(matrix: Matrix, counts: Tally) -> tuple[tuple[Record, ...], ...]:
    groups = obstacles((record for record in matrix.run.records if record.gateway == counts.gateway), counts.causes)
    return tuple(sorted(groups, key=lambda group: -len(group)))


def _proof(record: Record) -> tuple[str, ...]:
    """Return the evidence of an item; none where nothing came that it is about, or nobody outside can see it."""
    return () if record.cause is Cause.UNOBSERVABLE or record.optional else record.evidence


def _proof_link(name: str, scenario_run: ScenarioRunView | None, place: Place | None) -> ProofLink:
    """Return the way to a scenario's exchanges: to the one that decided, where it is there."""
    if scenario_run is None:
        return ProofLink("", name, sentence("not stored"))
    step = place.step if place is not None and place.scenario_run == name else None
    return ProofLink(scenario_run.to(step), name, scenario_run.line_of(step))


def _breaks(scenario_run: ScenarioRunView, capability: str) -> bool:
    """Return whether a stream of a scenario breaks a rule of this capability."""
    streams = (step.exchange for step in scenario_run.steps if step.exchange.is_stream and step.timeline)
    return any(
        RULES[violation.rule].capability == capability for stream in streams for violation in stream.judged.violations
    )


def _used(matrix: Matrix) -> dict[tuple[str, str], tuple[str, ...]]:
    used: dict[tuple[str, str], dict[str, None]] = {}
    for row in matrix.rows():
        for cell in row.cells:
            for name in (name for record in cell.records for name in _proof(record)):
                used.setdefault((cell.gateway, name), {})[row.capability.id] = None
    return {key: tuple(names) for key, names in used.items()}


def _took(run: Run) -> str:
    if run.footer is None:
        return ""
    try:
        seconds = datetime.fromisoformat(run.footer.finished_at) - datetime.fromisoformat(run.header.started_at)
    except (TypeError, ValueError):
        return ""
    return milliseconds(seconds.total_seconds() * 1000) if seconds else sentence("less than a second")
