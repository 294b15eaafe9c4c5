"""A picture from a prompt: that it comes, in which form, how many, how soon."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateprobe.evidence import Evidence, Exchange, NotAsPromised, at, entries
from gateprobe.gateway import Gateway
from gateprobe.image import NotAPicture, open_picture
from gateprobe.model import Cause, Claim, Finding, Stance, honoured, ignored, malformed, refused, unobserved
from gateprobe.probe import REFUSAL, Selection, probe

from .images_reading import answer, counted, judged_refusal, links, picture, pictures
from .scenarios_images import (
    HOUR,
    PARALLEL,
    as_documented,
    bare_picture,
    cheap_picture,
    most_pictures,
    number_refused,
    parallel_pictures,
    picture_as_base64,
    picture_as_link,
    several_pictures,
)

MOST: Final = 10
"""The most pictures of one request (OpenAI API reference)."""


@probe("images.generate", needs=cheap_picture)
def picture_comes(evidence: Evidence, _claim: Claim) -> Finding:
    """A prompt, a model, a quality and a size give a picture that decodes."""
    return _drawn(evidence)


@probe("images.generate", needs=bare_picture)
def picture_comes_for_a_bare_prompt(evidence: Evidence, _claim: Claim) -> Finding:
    """A prompt and a model alone give a picture that decodes."""
    return _drawn(evidence)


def _drawn(evidence: Evidence) -> Finding:
    body = answer(evidence).json()
    if isinstance(body, dict) and "choices" in body:
        return malformed("a chat completion came where an object with `data` belongs")
    found = pictures(evidence)
    if not found:
        return ignored(f"HTTP {answer(evidence).status}, but `data` holds no picture")
    return honoured(f"a {found[0].format} picture of {found[0].size} came, {len(found[0].data):,} bytes")


@probe("images.generate", needs=cheap_picture, level="should")
def time_of_drawing_is_given(evidence: Evidence, _claim: Claim) -> Finding:
    """The answer's `created` is the time of the request, in whole seconds."""
    created = at(answer(evidence).json(), "created")
    if not isinstance(created, int) or isinstance(created, bool):
        return malformed(f"`created` is {created!r:.40}, not whole seconds")
    asked = datetime.fromisoformat(answer(evidence).last.started_at).timestamp()
    off = abs(created - asked)
    if off > 24 * 3600:
        return malformed(f"`created` is {created}, {off / 3600:,.0f} hours away from the request")
    return honoured(f"`created` is {created}, {off:.0f} s away from the request")


@probe("images.generate.default_format", needs=bare_picture)
def default_format_is_documented(evidence: Evidence, claim: Claim) -> Finding:
    """Without `response_format` the picture comes as base64 or as an address, as documented."""
    expected = claim.values or ("b64_json",)
    came = _form(answer(evidence))
    if came in expected:
        return honoured(f"the picture came as `{came}`")
    return ignored(f"the picture came as `{came}`, expected was `{' or '.join(expected)}`")


def _form(exchange: Exchange) -> str:
    """Name the field that the first picture came in.

    Raises:
        NotAsPromised: there is no picture.
    """
    for entry in entries(exchange.json()):
        for field in ("b64_json", "url"):
            if isinstance(entry.get(field), str) and entry[field]:
                return field
    raise NotAsPromised(f"HTTP {exchange.status}, but `data` holds neither `b64_json` nor `url`")


@probe(
    "images.generate.response_format_b64",
    needs=picture_as_base64,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_b64"),
)
def base64_comes_when_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """With `response_format: b64_json` the picture comes as base64 without a `data:` prefix."""
    if _form(answer(evidence)) != "b64_json":
        return ignored("asked for `b64_json`, the picture came as `url`")
    text = str(at(answer(evidence).json(), "data", 0, "b64_json"))
    shown = picture(evidence)
    if text.startswith("data:") and "data-uri" not in claim.values:
        return malformed(f"`b64_json` begins with {text[:22]!r}: decoders of plain base64 fail on it")
    return honoured(f"{len(text):,} characters of base64 came, a {shown.format} picture of {shown.size}")


@probe(
    "images.generate.response_format_url",
    needs=picture_as_link,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    sees=(Cause.AUTH,),
)
def address_comes_when_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """With `response_format: url` the picture comes as an address of the documented kind."""
    if _form(evidence[0]) != "url":
        return ignored("asked for `url`, the picture came as `b64_json`")
    address = str(at(evidence[0].json(), "data", 0, "url"))
    kind = "data-uri" if address.startswith("data:") else "http"
    expected = claim.values or ("http",)
    if kind not in expected:
        return ignored(f"asked for `url`, an address of kind {kind} came; documented is {' or '.join(expected)}")
    if kind == "data-uri":
        shown = picture(evidence)
        return honoured(f"a data URI came, a {shown.format} picture of {shown.size}")
    if not links(evidence[0]):
        return malformed(f"`url` is {address[:60]!r}, which no client can fetch")
    return honoured("an http link came")


@probe(
    "images.generate.url_fetchable",
    needs=picture_as_link,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    sees=(REFUSAL, Cause.AUTH, Cause.UPSTREAM),
)
def link_gives_the_picture(evidence: Evidence, _claim: Claim) -> Finding:
    """The link gives the picture without a key, under the content type of its bytes."""
    if not evidence[0].ok:
        return _stopped(evidence[0])
    if not links(evidence[0]):
        return ignored("asked for `url`, no http link came")
    fetched = evidence[1]
    if not fetched.ok:
        return malformed(f"the link answers {fetched.told}")
    try:
        shown = open_picture(fetched.body)
    except NotAPicture as error:
        return malformed(f"the link gives no picture: {error}")
    if fetched.content_type != f"image/{shown.format}":
        return malformed(f"the link gives a {shown.format} picture under the content type {fetched.content_type!r:.60}")
    return honoured(f"the link gave a {shown.format} picture of {shown.size} as {fetched.content_type}")


def _stopped(exchange: Exchange) -> Finding:
    """Judge an answer that cannot be judged further: refused, or in the gateway's own trouble."""
    if exchange.status is not None and exchange.status >= 500:
        return unobserved(Cause.UPSTREAM, exchange.told)
    if exchange.status in (401, 403):
        return unobserved(Cause.AUTH, exchange.told)
    return refused(exchange.told)


@probe(
    "images.generate.url_expires",
    needs=picture_as_link,
    level="info",
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    sees=(REFUSAL, Cause.AUTH, Cause.UPSTREAM),
)
def link_expires(evidence: Evidence, claim: Claim) -> Finding:
    """The link no longer gives the picture once its documented time is over."""
    if not evidence[0].ok:
        return _stopped(evidence[0])
    if not links(evidence[0]):
        return ignored("asked for `url`, no http link came")
    seconds = float(claim.values[0]) if claim.values else HOUR
    later = [one for one in evidence.exchanges[1:] if one.request.note.startswith("the link after")]
    if not later:
        return unobserved(
            Cause.UNOBSERVABLE, f"the link is documented for {seconds:g} s; a run resumed after that fetches it again"
        )
    if later[-1].ok:
        return ignored(f"the link still gives {len(later[-1].body):,} bytes after its {seconds:g} s")
    return honoured(f"the link answers {later[-1].told} after its {seconds:g} s")


@probe("images.generate.n", needs=several_pictures, values=(2,))
def n_is_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """As many pictures come as `n` asks for."""
    return _counted(evidence, asked)


def _documented_most(gateway: Gateway) -> int:
    claim = gateway.claim("images.generate.n")
    numbers = [value for value in claim.values if isinstance(value, int)]
    return max(numbers, default=MOST)


def _most(gateway: Gateway) -> tuple[int]:
    """Ask for the documented most; for two where the documents do not offer more than one."""
    offered = gateway.claim("images.generate.n").stance is Stance.OFFERED
    return (_documented_most(gateway) if offered else 2,)


@probe("images.generate.n", needs=most_pictures, values=_most)
def most_of_n_is_honoured(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """As many pictures come as the documents allow in one request."""
    return _counted(evidence, asked)


@probe("images.generate.n", needs=several_pictures, values=(2,), level="should")
def pictures_of_n_differ(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """The pictures of one request differ from each other."""
    found = pictures(evidence)
    different = len({one.sha256 for one in found})
    if len(found) < asked:
        return ignored(f"asked for {asked} pictures, {len(found)} came")
    if different < len(found):
        return ignored(f"{len(found)} pictures came, {different} of them different")
    return honoured(f"{different} different pictures came")


def _counted(evidence: Evidence, asked: int) -> Finding:
    got = len(pictures(evidence))
    told = f"asked for {counted(asked, 'picture')}, {got} came"
    return honoured(told) if got == asked else ignored(told)


@probe(
    "images.generate.n_invalid_refused",
    needs=number_refused,
    level="should",
    values=lambda gateway: (0, -1, _documented_most(gateway) + 1),
    sees=(REFUSAL,),
)
def n_out_of_range_is_refused(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """A number of pictures out of range is refused."""
    return judged_refusal(answer(evidence), f"n = {asked}")


@probe("images.generate.parallel", needs=parallel_pictures, level="should", sees=(Cause.THROTTLED,))
def parallel_requests_are_answered(evidence: Evidence, _claim: Claim) -> Finding:
    """Eight requests at once are all answered with a picture, none with 429."""
    throttled = [one for one in evidence.exchanges if any(attempt.status == 429 for attempt in one.attempts)]
    if throttled:
        return refused(f"{len(throttled)} of {PARALLEL} requests at once were answered with 429")
    drawn = sum(bool(one.pictures or links(one)) for one in evidence.exchanges)
    if drawn < PARALLEL:
        return ignored(f"{drawn} of {PARALLEL} requests at once brought a picture")
    slowest = max(one.last.elapsed_ms for one in evidence.exchanges) / 1000
    return honoured(f"{drawn} of {PARALLEL} requests at once brought a picture, the slowest in {slowest:.1f} s")


EVERY_ANSWER: Final = Selection("every answer", (), lambda _exchange: True)


@probe("images.generate.failure_not_billed", needs=EVERY_ANSWER, level="info", sees=(REFUSAL, *Cause))
def failure_costs_nothing(_evidence: Evidence, _claim: Claim) -> Finding:
    """A failed generation costs nothing."""
    return unobserved(Cause.UNOBSERVABLE, "what was billed shows in the account's balance alone")


@probe("images.generate.duration", needs=cheap_picture, level="info")
def picture_comes_in_time(evidence: Evidence, claim: Claim) -> Finding:
    """A picture of low quality takes no longer than the document says."""
    seconds = evidence[0].last.elapsed_ms / 1000
    most = _longest(claim)
    if most is None:
        return unobserved(Cause.UNOBSERVABLE, f"it took {seconds:.1f} s, and no document says how long it may take")
    if seconds > most:
        return ignored(f"the picture took {seconds:.1f} s, documented are at most {most:g} s")
    return honoured(f"the picture took {seconds:.1f} s, documented are at most {most:g} s")


def _longest(claim: Claim) -> float | None:
    """Give the most seconds that are documented for this picture, by the most specific row."""
    ours = {"surface": "generate", "quality": "low", "size": "1024x1024"}
    fitting = [
        row
        for row in claim.values
        if isinstance(row, dict) and all(row.get(field, value) == value for field, value in ours.items())
    ]
    if not fitting:
        return None
    return float(at(max(fitting, key=len), "seconds", 1))
