"""An exchange as a page shows it: what was sent, every attempt, what came when, and how to send it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import quote

import orjson

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Attempt, Evidence, Exchange, MalformedAnswerError
from gateprobe.formats.curl import INLINE, curl
from gateprobe.formats.html.chain import file_of, links
from gateprobe.formats.html.pictures import Gallery, Thumbnail
from gateprobe.formats.html.upstream import UpstreamView, upstream_views
from gateprobe.formats.words import milliseconds
from gateprobe.gateway import Gateway
from gateprobe.image import NotAPicture, Picture, open_picture
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.model import Json
from gateprobe.request import FormBody, JsonBody, RawBody, Request
from gateprobe.stream import Violation
from gateprobe.views.timeline import Timeline, timeline

_LONG: Final = 160  # characters of one JSON string that a request is shown with
_EXCERPT: Final = 500  # characters of an answer that is shown at once
_MOST_VIOLATIONS: Final = 12  # that one stream is shown with
_READ: Final = 4_000_000  # bytes of an answer that are looked at for an excerpt
_FIRST: Final = 65_536  # bytes that are usually enough for it
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=_-]{160,}")
_HEADERS: Final = re.compile(
    r"content-type|content-encoding|server|via|retry-after|x-request-id|openai-processing-ms|location|www-authenticate",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt: what a reader checks first, and where its body is stored."""

    attempt: Attempt
    headers: tuple[tuple[str, str], ...]
    more_headers: tuple[tuple[str, str], ...]
    body: str
    safe: bool
    """Whether a browser that opens the stored body will show it as text, and not run it."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One exchange of a scenario. `note` says what could not be shown, and why."""

    exchange: Exchange
    sent: str
    curl: str
    attempts: tuple[AttemptView, ...]
    timeline: Timeline | None
    violations: tuple[Violation, ...]
    excerpt: str
    finals: tuple[Thumbnail, ...]
    partials: tuple[Thumbnail, ...]
    inputs: tuple[Thumbnail, ...]
    note: str
    changed: Thumbnail | None = None
    """Where the picture differs from the one that was sent, or from the one before it in the scenario."""

    before: Thumbnail | None = None
    """The picture before it in the scenario, where it is set against that one."""

    takes: tuple[str, ...] = ()
    """The variables of its command that commands before it set."""
    number: int = 1
    """Its place in the scenario, from 1."""
    check: str = ""
    """The command that judges the stored stream alone; empty where the answer is none."""
    pipe: str = ""
    """What is put after the command to judge a new stream."""
    upstream: tuple[UpstreamView, ...] = ()
    """The requests that reached the upstream for it, if both sides were recorded."""

    @property
    def line(self) -> str:
        """The exchange in one line: `POST /responses → 200 in 812 ms`."""
        return summary(self.exchange)


@dataclass(frozen=True, slots=True)
class ScenarioRunView:
    """What one scenario brought from one gateway."""

    id: str
    anchor: str
    evidence: Evidence
    steps: tuple[StepView, ...]

    @property
    def line(self) -> str:
        """The last exchange in one line, and how many came before it."""
        return self.line_of(None)

    def line_of(self, step: int | None) -> str:
        """Return one exchange in one line, by its place from 0, with its note; the last one where none is named."""
        if not self.steps:
            return self.evidence.blocked.reason if self.evidence.blocked else sentence("nothing was sent")
        if len(self.steps) == 1:
            return self.steps[0].line
        at = self.at(step)
        shown = self.steps[-1 if at is None else at]
        request_note = shown.exchange.request.note
        note = sentence(": {note}", note=translated(request_note)) if at is not None and request_note else ""
        return sentence(
            "{line} (step {number} of {all}{note})",
            line=shown.line,
            number=len(self.steps) if at is None else at + 1,
            all=len(self.steps),
            note=note,
        )

    def to(self, step: int | None) -> str:
        """Return the anchor of one exchange, or of the whole scenario where none is named."""
        at = self.at(step)
        return self.anchor if at is None or len(self.steps) == 1 else f"{self.anchor}/{at + 1}"

    def at(self, step: int | None) -> int | None:
        """Return a step's place as far as it is stored."""
        return step if step is not None and step < len(self.steps) else None


def anchor(gateway: str, scenario_run: str) -> str:
    """Return the permanent anchor of an exchange on a page."""
    return f"{gateway}/exchange/{scenario_run}"


@lru_cache(maxsize=8192)
def href(fragment: str) -> str:
    """Write an anchor as a link's target."""
    return "#" + quote(fragment, safe="/~+.-_@:[]")


def summary(exchange: Exchange) -> str:
    """Return in one line what was sent and what came."""
    last = exchange.last
    came = f"{last.status}" if last.status is not None else sentence("no answer")
    cause = translated(str(last.failure.cause)) if last.failure else ""
    failed = sentence(", {cause}", cause=cause) if cause else ""
    many = len(exchange.attempts)
    times = sentence(", attempt {number} of {all}", number=last.number, all=many) if many > 1 else ""
    return sentence(
        "{request} → {came}{failed} in {time}{times}",
        request=f"{exchange.request.verb} {exchange.request.path}",
        came=came,
        failed=failed,
        time=milliseconds(last.elapsed_ms),
        times=times,
    )


def scenario_run_views(
    gateway: Gateway, evidence: Mapping[str, Evidence], gallery: Gallery, *, embedded: bool = False
) -> tuple[ScenarioRunView, ...]:
    """Show everything that was captured from a gateway, in the order of the scenarios' names."""
    return tuple(
        ScenarioRunView(
            name,
            anchor(gateway.name, name),
            captured,
            _steps(gateway, captured, gallery, embedded=embedded),
        )
        for name, captured in sorted(evidence.items(), key=lambda pair: _natural(pair[0]))
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Order names as a person does: `n~2` before `n~10`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _steps(gateway: Gateway, evidence: Evidence, gallery: Gallery, *, embedded: bool) -> tuple[StepView, ...]:
    """Show each exchange; a picture that follows another in the same scenario is set against it."""
    steps: list[StepView] = []
    before: Thumbnail | None = None
    for at, (exchange, linked) in enumerate(zip(evidence.exchanges, links(evidence.exchanges), strict=True)):
        step = _step(exchange, gallery)
        command = curl(gateway, exchange.request, embedded=embedded, takes=linked.takes)
        if linked.keeps:
            command = "\n".join([f"{command} |\n  tee {file_of(at)}", *linked.keeps])
        first = step.inputs[0] if step.inputs else before
        redrawn = step.finals and not exchange.request.is_link
        changed = gallery.difference(first, step.finals[0]) if first and redrawn else None
        earlier = before if changed is not None and not step.inputs else None
        steps.append(
            replace(
                step, before=earlier, changed=changed, curl=command, takes=tuple(linked.takes.values()), number=at + 1
            )
        )
        before = step.finals[0] if step.finals else before
    return tuple(steps)


def _step(exchange: Exchange, gallery: Gallery) -> StepView:
    notes: list[str] = []
    finals, partials = _pictures(exchange, gallery, notes)
    fetched = _fetched(exchange, gallery)
    shown = _timeline(exchange, notes)
    judged = shown and exchange.is_stream and exchange.last.sha256
    return StepView(
        exchange=exchange,
        sent=_sent(exchange.request),
        curl="",
        attempts=tuple(_attempt(exchange, attempt) for attempt in exchange.attempts),
        timeline=shown,
        violations=_violations(exchange) if shown and exchange.is_stream else (),
        check=f"gateprobe check evidence/bodies/{exchange.last.sha256} --kind {exchange.kind}" if judged else "",
        pipe=f"| gateprobe check - --kind {exchange.kind}" if judged else "",
        excerpt="" if shown or fetched else _excerpt(exchange, notes),
        finals=finals or fetched,
        partials=partials,
        inputs=_inputs(exchange.request, gallery),
        note=" ".join(notes),
        upstream=upstream_views(exchange),
    )


def _pictures(
    exchange: Exchange, gallery: Gallery, notes: list[str]
) -> tuple[tuple[Thumbnail, ...], tuple[Thumbnail, ...]]:
    """Show the pictures of an answer; one that does not decode leaves a note, for the findings say more of it."""
    if not exchange.ok or not exchange.request.images:
        return (), ()
    finals: tuple[Thumbnail, ...] = ()
    partials: tuple[Thumbnail, ...] = ()
    try:
        finals = tuple(gallery.add(picture, sentence("final")) for picture in exchange.pictures)
        if exchange.is_stream:
            pictures: tuple[tuple[int | None, Picture], ...] = exchange.partials
            partials = tuple(
                gallery.add(picture, sentence("partial {number}", number=number)) for number, picture in pictures
            )
    except (MalformedAnswerError, BrokenRunError) as problem:
        notes.append(sentence("Not every picture can be shown: {reason}.", reason=str(problem)))
    return finals, partials


def _fetched(exchange: Exchange, gallery: Gallery) -> tuple[Thumbnail, ...]:
    """Show the picture that a link led to."""
    if not exchange.ok or not exchange.request.is_link:
        return ()
    try:
        return (gallery.add(open_picture(exchange.body), sentence("behind the link")),)
    except (NotAPicture, BrokenRunError):
        return ()


def _inputs(request: Request, gallery: Gallery) -> tuple[Thumbnail, ...]:
    """Show the pictures that were sent with a form."""
    shown: list[Thumbnail] = []
    for part in request.body.parts if isinstance(request.body, FormBody) else ():
        if part.filename is not None:
            try:
                shown.append(gallery.add(open_picture(part.data), sentence("sent as {name}", name=part.name)))
            except NotAPicture:
                continue
    return tuple(shown)


def _timeline(exchange: Exchange, notes: list[str]) -> Timeline | None:
    try:
        return timeline(exchange)
    except BrokenRunError as problem:
        notes.append(sentence("The stream cannot be shown: {reason}.", reason=str(problem)))
        return None


def _violations(exchange: Exchange) -> tuple[Violation, ...]:
    """Return what the stream breaks as a whole; what one event breaks stands at that event."""
    return tuple(violation for violation in exchange.judged.violations if violation.event is None)[:_MOST_VIOLATIONS]


def _attempt(exchange: Exchange, attempt: Attempt) -> AttemptView:
    headers = tuple((name, value) for name, value in attempt.headers if _HEADERS.fullmatch(name))
    more = tuple((name, value) for name, value in attempt.headers if not _HEADERS.fullmatch(name))
    body = f"evidence/bodies/{attempt.sha256}" if attempt.sha256 and attempt.length else ""
    return AttemptView(attempt, headers, more, body, bool(body) and _safe(exchange, attempt))


def _safe(exchange: Exchange, attempt: Attempt) -> bool:
    """Return whether a stored body without a suffix is surely shown as text: it begins as JSON or as a stream does."""
    try:
        start = exchange.read(attempt.sha256)[:64].lstrip()
    except BrokenRunError:
        return False
    return start.startswith((b"{", b"[", b"data:", b"event:", b": "))


def _excerpt(exchange: Exchange, notes: list[str]) -> str:
    """Return the beginning of a body as text, long base64 told by its length."""
    try:
        body = exchange.body
    except BrokenRunError as problem:
        notes.append(sentence("The body cannot be shown: {reason}.", reason=str(problem)))
        return ""
    text = _BASE64.sub(_shortened, body[:_FIRST].decode("utf-8", "replace"))
    if len(text) < 2 * _EXCERPT and len(body) > _FIRST:  # most of it is base64
        text = _BASE64.sub(_shortened, body[:_READ].decode("utf-8", "replace"))
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"


def _shortened(match: re.Match[str]) -> str:
    return f"{match.group()[:12]}…({len(match.group()):,} characters)"


def _sent(request: Request) -> str:
    """Write what was sent, long strings shortened; nothing where the command already shows it whole."""
    match request.body:
        case JsonBody(value) if len(orjson.dumps(value)) > INLINE:
            return orjson.dumps(_short(value), option=orjson.OPT_INDENT_2).decode()
        case RawBody(data, content_type):
            return f"{content_type}, {len(data):,} bytes: {data[:_LONG].decode('utf-8', 'replace')}"
        case FormBody(parts):
            files = [part for part in parts if part.filename is not None]
            return "\n".join(f"{part.name}: {part.filename}, {len(part.data):,} bytes" for part in files)
        case _:
            return ""


def _short(value: Json) -> Json:
    match value:
        case str() if len(value) > _LONG:
            return f"{value[:_LONG]}… ({len(value):,} characters)"
        case dict():
            return {key: _short(inner) for key, inner in value.items()}
        case list():
            return [_short(inner) for inner in value]
        case _:
            return value


def ticks(line: Timeline, kind: str) -> str:
    """Return an SVG path with a tick for each piece of a kind, on a scale of 1000 for the whole."""
    places = dict.fromkeys(round(piece.ms / line.whole * 998 + 1) for piece in line.pieces if piece.kind == kind)
    return "".join(f"M{place} 0v20" for place in places)
