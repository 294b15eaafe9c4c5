"""Texts: what comes back of characters beyond ASCII, and what a text says about a picture that was sent."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from gateprobe.build import OMIT, data_url, responses, user
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.judge.refusals import refusal
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario
from gateprobe.text import printable
from gateprobe.wording import Phrase, colours

from .scenarios.edits import NOWHERE
from .scenarios.responses import single_word, word_asked
from .support import pictures as made
from .support.exchanges import ABSENT, EVERYTHING, came, clear, step
from .support.sent import sent_pictures
from .support.uploads import uploaded

REPEATED: Final = Phrase(
    "你好,世界:画一个红色的正方形,白色背景 🟥 Größe, déjà vu, Ελληνικά, 日本語のテキスト。\n<b>R&D</b>: 5 < 7",
    "{你好|您好|大家好},{世界|朋友|各位}:画一个{figure:han}色的正方形,{白色|纯白色}背景 {figure:sign}"
    " {Größe|Straße|Füße|Grüße}, {déjà vu|café crème|à bientôt|garçon}, {Ελληνικά|Καλημέρα|Θάλασσα},"
    " {日本語のテキスト|日本語の文章|日本の言葉}。\n<{b|i|em}>R&D</{b|i|em}>: {2..5} < {6..9}",
)
"""A text of two lines, with characters that take two, three and four bytes each, and some that HTML escapes."""

_PLEASE: Final = "Reply with exactly this text: "
_QUESTION: Final = Phrase(
    "Which colour is this picture? Reply with the name of the colour alone.",
    "{Which|What} colour {is|has} this {picture|image}? {Reply|Answer|Respond} with the name of the colour"
    " {alone|only|and nothing else}{.|!|, please.}",
)
_PICTURE: Final = (
    "https://upload.wikimedia.org/wikipedia/commons/thumb/d/dd/Gfp-wisconsin-madison-the-nature-boardwalk.jpg/"
    "2560px-Gfp-wisconsin-madison-the-nature-boardwalk.jpg"
)
PUBLISHED: Final = Phrase(_PICTURE, _PICTURE + "?{hex 8}")
"""The picture of the examples in OpenAI's guide on images: a boardwalk through a meadow."""
_WHAT_IT_SHOWS: Final = Phrase(
    "Which of these is in the picture: a lighthouse, a boardwalk, a train or a bicycle? Name it alone.",
    "{Which|What} of these {is|can you see} in the {picture|image}: a {lighthouse|tower|castle},"
    " a boardwalk, a {train|tram|bus} or a {bicycle|motorbike|scooter}? {Name|Write} it alone.",
)
_SHOWN: Final = ("boardwalk", "footpath", "walkway")
_LAST_WORD: Final = single_word("orchard", 28)
_LINE: Final = Phrase(
    "of a long list without meaning",
    "{of|in} {a long|an endless|a tedious} list {about|of} {word 29} and {word 30}",
)
_LINES: Final = 400
"""Lines before the question of a long input: 20,000 characters, about 4,000 tokens."""

_BROKEN: Final = "\ufffd"
_HARD_SPACE: Final = "\xa0"  # the last byte of many characters in Latin-1, which a report does not show
_BROKEN_ON_THE_WIRE: Final = (b"\xef\xbf\xbd", b"\\ufffd", b"\\uFFFD")
_LAST_OF_TWO_BYTES: Final = "\uffff"  # what a UTF-16 unit, or MySQL's `utf8`, can hold
_QUOTED: Final = 60
_FEW: Final = 5  # question marks in a row of text that no language writes


@scenario(requests=2)
def text_repeated(gateway: Gateway) -> Steps:
    """Ask for a text of many scripts to be repeated, without a stream and as one."""
    for stream in (OMIT, True):
        yield responses(gateway, _PLEASE + REPEATED.of(gateway.seed), stream=stream)


@scenario(requests=2)
def question_after_long_text(gateway: Gateway) -> Steps:
    """Ask for a word twice: alone, and at the end of 20,000 characters of HTML, such as agents send."""
    question = _LAST_WORD.of(gateway.seed)
    line = _LINE.of(gateway.seed)
    lines = "".join(f"<li>Line {number:03} {line}.</li>\n" for number in range(_LINES))
    yield responses(gateway, question, note="the question alone")
    yield responses(gateway, lines + question)


@scenario()
def question_about_picture(gateway: Gateway) -> Steps:
    """Send a picture of one colour, and ask for the name of the colour."""
    page = made.solid(colours(gateway.seed).page, gateway.seed)
    asked = user(_QUESTION, {"type": "input_image", "image_url": data_url(page)})
    yield responses(gateway, [asked])


@scenario(requests=3, tier="deep")
def question_about_upload(gateway: Gateway) -> Steps:
    """Upload a picture of one colour, ask for the name of the colour by the file id, and delete the file again."""

    def ask(name: str) -> Steps:
        asked = user(_QUESTION, {"type": "input_image", "file_id": name})
        yield responses(gateway, [asked], note="by file id")

    yield from uploaded(gateway, made.solid(colours(gateway.seed).page, gateway.seed), ask)


@scenario()
def question_about_nothing(gateway: Gateway) -> Steps:
    """Ask about a picture whose address cannot be fetched."""
    picture = {"type": "input_image", "image_url": NOWHERE}
    asked = user(_QUESTION, picture)
    yield responses(gateway, [asked], note="a picture at an address that nobody serves")


@scenario(tier="deep")
def question_about_published(gateway: Gateway) -> Steps:
    """Ask what a public picture shows, by its https address."""
    picture = {"type": "input_image", "image_url": PUBLISHED.of(gateway.seed)}
    asked = user(_WHAT_IT_SHOWS.of(gateway.seed), picture)
    yield responses(gateway, [asked], note="a picture at a public address")


def _repeated(exchange: Exchange) -> str:
    """Return the text that the request asked to repeat."""
    return exchange.request.prompt.rpartition(_PLEASE)[2]


def _sent_colour(exchange: Exchange) -> str:
    """Return the colour of the page that was sent."""
    page = sent_pictures(exchange.request)[0]
    return max(made.COLOURS, key=page.share)


def _garbled(exchange: Exchange) -> Message | None:
    """Return how characters came back that were sent whole; None where none is broken."""
    text = exchange.text
    if _BROKEN in text or any(mark in exchange.body for mark in _BROKEN_ON_THE_WIRE):
        return message("holds U+FFFD where characters were")
    sent = [character for character in _repeated(exchange) if not character.isascii()]
    mistaken = [
        character
        for character in sent
        for encoding in ("latin-1", "cp1252")
        if character.encode().decode(encoding, "ignore") in text and character not in text
    ]
    if len(set(mistaken)) > 1:
        return message("was read in another encoding than UTF-8")
    if text.isascii() and text.count("?") >= _FEW:
        return message("holds question marks where characters were")
    return _altered(_repeated(exchange).strip(), text.strip())


def _without_beyond(sent: str, last: str) -> str:
    """Return a text without the characters above `last`."""
    return "".join(character for character in sent if character <= last)


_ALTERATIONS: Final[tuple[tuple[Message, Callable[[str], str]], ...]] = (
    (message("lost the characters beyond U+FFFF"), lambda sent: _without_beyond(sent, _LAST_OF_TWO_BYTES)),
    (message("lost the characters beyond ASCII"), lambda sent: _without_beyond(sent, "\x7f")),
    (message("lost its tags"), lambda sent: re.sub(r"<[^>]*>", "", sent)),
    (message("is escaped as JSON once more"), lambda sent: json.dumps(sent)[1:-1]),
    (message("is escaped as JSON once more"), lambda sent: json.dumps(sent, ensure_ascii=False)[1:-1]),
    (message("is encoded as a URL"), quote),
    (message("is decomposed (Unicode NFD)"), lambda sent: unicodedata.normalize("NFD", sent)),
)
"""Alterations that a relay makes, and a model that repeats a text does not."""


def _altered(sent: str, received: str) -> Message | None:
    """Return how a repeated text differs from the one that was sent; None if that is not certain."""
    if received == sent:
        return None
    if html.unescape(received) == sent:
        return message("is escaped as HTML")
    return next((words for words, alter in _ALTERATIONS if received == alter(sent).strip()), None)


def _is_on_one_line(exchange: Exchange) -> bool:
    """Return whether a repeated text lost its line breaks and nothing else."""
    sent, received = _repeated(exchange).strip(), exchange.text.strip()
    return received != sent and received in (sent.replace("\n", " "), sent.replace("\n", ""))


@probe("responses.text.unicode", needs=text_repeated, accepts=EVERYTHING)
def text_comes_back_whole(evidence: Evidence, claim: Claim) -> Finding:
    """Characters of any script come back as they were sent, with and without a stream."""
    whole, obstacle, on_one_line = 0, None, []
    for exchange in evidence.exchanges:
        judged = clear(exchange, claim)
        if not isinstance(judged, Exchange):
            obstacle = obstacle or judged
            continue
        on_one_line += [exchange] if _is_on_one_line(exchange) else []
        if problem := _garbled(exchange):
            return malformed(
                "answer.garbled",
                "the answer {problem}: sent {sent!q}, received {text!q}",
                problem=problem,
                sent=_repeated(exchange)[:_QUOTED],
                text=printable(exchange.text.replace(_HARD_SPACE, " "), _QUOTED),
            ).at(exchange.place)
        whole += _repeated(exchange)[:5] in exchange.text
    if not whole:
        return obstacle or nothing_to_judge("no answer repeats the text")
    if len(on_one_line) == whole > 1:  # a model may join the lines in a single answer
        return malformed(
            "answer.garbled", "sent two lines, all {number} answers repeat them as one line", number=whole
        ).at(on_one_line[0].place)
    return honoured("{number} answers repeat the text without a broken character", number=whole)


@probe("responses.text.long_input", needs=question_after_long_text, refused_with="request.too_large")
def long_input_is_read_to_its_end(evidence: Evidence, claim: Claim) -> Finding:
    """A question at the end of 20,000 characters is answered like the same question alone."""
    alone, last = evidence.exchanges[0], evidence.last
    word, length = word_asked(alone.request.prompt), len(last.request.prompt)
    if word not in alone.text.lower():
        return nothing_to_judge(
            "the question alone is not answered with the requested word: {answer}", answer=came(alone)
        )
    if word in last.text.lower():
        return honoured("the question at the end of {length:,} characters was answered", length=length).at(last.place)
    return ignored(
        "request.text_cut",
        "the question at the end of {length:,} characters asks for {word!q}, the answer is {text!q}",
        length=length,
        word=word,
        text=printable(last.text, _QUOTED),
    ).at(last.place)


@probe("responses.text.about_picture", needs=question_about_picture, level="should")
def picture_is_seen(evidence: Evidence, claim: Claim) -> Finding:
    """A question about a picture is answered from the picture."""
    return _judged_colour(evidence.last, _sent_colour(evidence.last))


@probe("responses.image.input_file_id", needs=question_about_upload, level="should", accepts=EVERYTHING)
def uploaded_picture_is_seen(evidence: Evidence, claim: Claim) -> Finding:
    """A question about a picture that is named by its file id is answered from the picture."""
    exchange = step(evidence, "by file id", claim)
    return _judged_colour(exchange, _sent_colour(evidence[0])) if isinstance(exchange, Exchange) else exchange


def _judged_colour(exchange: Exchange, colour: str) -> Finding:
    """Judge that an answer names the colour of the picture that was sent."""
    text = exchange.text.lower()
    if colour in text:
        return honoured("sent a {colour} picture, the answer is {text!q}", colour=colour, text=text[:_QUOTED])
    if not text.strip():
        return nothing_to_judge("the answer holds no text: {answer}", answer=came(exchange))
    return ignored(
        "edit.input_ignored",
        "sent a {colour} picture and asked for its colour, the answer is {text!q}",
        colour=colour,
        text=exchange.text[:_QUOTED],
    ).at(exchange.place)


@probe("responses.text.dead_picture_refused", needs=question_about_nothing, level="info", accepts=(REFUSAL,))
def unreachable_picture_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A picture at an address that cannot be fetched is refused, and not passed over."""
    exchange = evidence.last
    if exchange.status in ABSENT:
        return refusal(exchange)
    if exchange.error is not None or exchange.is_refusal:
        return honoured("the request was refused: {answer}", answer=exchange.summary).at(exchange.place)
    return ignored(
        "edit.input_ignored",
        "the answer ignores a picture whose address cannot be fetched: {answer}",
        answer=came(exchange),
    ).at(exchange.place)


@probe("responses.text.about_picture", needs=question_about_published, level="info", accepts=(REFUSAL,))
def published_picture_is_seen(evidence: Evidence, claim: Claim) -> Finding:
    """A picture at a public https address is seen, or refused in words."""
    exchange = evidence.last
    if exchange.status in ABSENT:
        return refusal(exchange)
    if exchange.error is not None or exchange.is_refusal:
        return honoured("the request was refused: {answer}", answer=exchange.summary).at(exchange.place)
    text = exchange.text
    if not text.strip():
        return nothing_to_judge("the answer holds no text: {answer}", answer=came(exchange))
    if any(name in text.lower() for name in _SHOWN):
        return honoured("asked about {address}, the answer is {text!q}", address=PUBLISHED, text=text[:_QUOTED])
    return ignored(
        "edit.input_ignored",
        "asked what the picture at {address} shows, a boardwalk, the answer is {text!q}",
        address=PUBLISHED,
        text=text[:_QUOTED],
    ).at(exchange.place)
