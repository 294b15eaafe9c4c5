"""`gateprobe check`: judge a recorded stream or body."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click
import orjson

from gateprobe.check.asked import Asked
from gateprobe.check.judging import Checking
from gateprobe.cli.param_types import OneOf
from gateprobe.errors import UsageError
from gateprobe.formats.words import count
from gateprobe.language import localise, translated
from gateprobe.message import sentence
from gateprobe.model import Level, Strictness
from gateprobe.stream import AnswerKind, Violation
from gateprobe.stream.timeline import text
from gateprobe.text import printable

if TYPE_CHECKING:
    from gateprobe.check.judging import Checked
    from gateprobe.check.pictures import ReceivedPicture

_CHUNK: Final = 1 << 16
_COLOURS: Final = {Level.MUST: "red", Level.SHOULD: "yellow", Level.INFO: "blue"}
_NAME: Final = 60
_PICTURES: Final = 20  # pictures that are listed


@click.command("check", short_help="Judge a recorded stream or body, or standard input.")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--kind",
    type=OneOf([kind.value for kind in AnswerKind]),
    help="The kind of answer in FILE.  [default: detected from its first bytes]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option(
    "--strictness",
    type=OneOf([strictness.value for strictness in Strictness]),
    default=Strictness.STRICT.value,
    show_default=True,
    help="strict: report every difference from OpenAI; compatible: report what breaks clients.",
)
@click.option("--timeline", is_flag=True, help="Print the stream as a table at the end.")
@click.option(
    "--asked",
    metavar="JSON",
    help="Compare the answer with options of the request: size, n, output_format, background, quality, partial_images.",
)
def check(file: str, kind: str | None, strictness: str, asked: str | None, *, as_json: bool, timeline: bool) -> None:
    """Judge one recorded answer of a gateway, without connecting to the gateway.

    FILE holds server-sent events, events as JSON lines, a JSON body, a HAR file or a cassette (of vcrpy, Ruby VCR or
    httpmock; needs `pip install 'gateprobe[cassettes]'`). With `-`, standard input is judged while it arrives: each
    violation is printed as soon as its frame is complete:

        curl -N … | gateprobe check - --kind responses-stream

    The pictures of the answer are listed with their format, size and weight. With `--asked`, they are compared with
    the options of the request:

        gateprobe check answer.json --asked '{"size": "1536x1024", "n": 2}'

    Exits 0 when no rule of level must is broken, 1 when one is, 2 when the file cannot be read.
    """
    name = "standard input" if file == "-" else file
    checking = Checking(
        name,
        None if kind is None else AnswerKind(kind),
        with_rows=timeline,
        live=file == "-",
        asked=None if asked is None else Asked.parse(asked),
    )
    violations: list[Violation] = []
    for violation in checking.violations(_chunks(file)):
        if strictness == Strictness.COMPATIBLE and violation.strictness is not Strictness.COMPATIBLE:
            continue
        violations.append(violation)
        if not as_json:
            localise(_print, violation)
    valid = not any(violation.level is Level.MUST for violation in violations)
    pictures = checking.result.pictures
    if as_json:
        answer: dict[str, object] = {"valid": valid, "violations": [_as_json(violation) for violation in violations]}
        if pictures:
            answer["pictures"] = [_picture_as_json(picture) for picture in pictures]
        click.echo(orjson.dumps(answer).decode())
    else:
        for picture in pictures[:_PICTURES]:
            click.echo(
                localise(lambda shown: sentence("picture {description}", description=shown.description), picture)
            )
        if len(pictures) > _PICTURES:
            click.echo(localise(sentence, "and {number} more pictures", number=len(pictures) - _PICTURES))
        click.echo(localise(_summary, name, checking.result, violations))
    if timeline:
        for line in text(checking.result.rows):
            click.echo(line, err=as_json)
    click.get_current_context().exit(0 if valid else 1)


def _chunks(file: str) -> Iterator[bytes]:
    """Yield the bytes of a file, or of standard input as they arrive."""
    try:
        if file == "-":
            yield from _pieces(sys.stdin.buffer)
            return
        with Path(file).open("rb") as stream:
            yield from _pieces(stream)
    except IsADirectoryError:
        run = (Path(file) / "run.jsonl").exists()
        hint = f"judge a run again with `gateprobe judge {printable(file)}`" if run else "name a file inside it"
        raise UsageError(f"{printable(file)} is a folder; {hint}") from None
    except OSError as error:
        raise UsageError(f"{printable(file)}: {error.strerror or error}") from None


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)
    while chunk := read(_CHUNK):
        yield chunk


def _print(violation: Violation) -> None:
    level = click.style(f"{violation.level:<6}", fg=_COLOURS[violation.level])
    where = "" if violation.event is None else sentence("event {number}", number=violation.event)
    if violation.type:
        where = f"{where} {violation.type}".strip()
    click.echo(f"{level}  {violation.rule}  {where + translated(': ') if where else ''}{violation.message}")
    sys.stdout.flush()


def _as_json(violation: Violation) -> dict[str, object]:
    return {
        "rule": violation.rule,
        "level": violation.level.value,
        "event": violation.event,
        "message": str(violation.message),
        "type": violation.type,
        "strictness": violation.strictness.value,
    }


def _picture_as_json(picture: ReceivedPicture) -> dict[str, object]:
    return {
        "place": picture.place,
        "event": picture.event,
        "partial": picture.is_partial,
        "format": picture.format or None,
        "size": picture.size or None,
        "bytes": picture.weight,
    }


def _summary(name: str, result: Checked, violations: list[Violation]) -> str:
    counts = ", ".join(f"{sum(violation.level is level for violation in violations)} {level}" for level in Level)
    valid = not any(violation.level is Level.MUST for violation in violations)
    kind = sentence(" as {kind}", kind=str(result.kind)) if result.kind else ""
    size = count(result.bytes, "byte")
    if result.events:
        size = sentence("{events:,} events, {size}", events=result.events, size=size)
    verdict = sentence("valid") if valid else sentence("not valid")
    return sentence(
        "{name}: {verdict}{kind} ({counts}; {size})",
        name=printable(name, _NAME),
        verdict=verdict,
        kind=kind,
        counts=counts,
        size=size,
    )
