"""Which endpoints a gateway has, by its survey: requests that every endpoint refuses, and one to an invented path.

An endpoint is absent where two requests in a row were answered as a path that does not exist is answered. Its
scenarios are not sent. One capability reports that it is absent; for the other capabilities of that endpoint, this is
the reason why they could not be observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from gateprobe.evidence import (
    EVERYTHING,
    ErrorShape,
    Evidence,
    Exchange,
    MalformedAnswerError,
)
from gateprobe.gateway import Gateway
from gateprobe.judge.ordered_tasks import behind_task, judge_task, owner_of
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, Seen, Stance, Unobserved, hidden, inapplicable, refused
from gateprobe.plan.planning import Item
from gateprobe.probe import REFUSAL, SURVEY


class Surface(StrEnum):
    """An endpoint that the survey asks for; the value is the note of its requests."""

    MODELS = "models"
    RESPONSES = "responses"
    GENERATIONS = "generations"
    EDITS = "edits"
    CHAT = "chat"
    TASKS = "tasks"


NOWHERE_NOTE: Final = "no endpoint"
"""The note of the request to a path that does not exist."""

_JUDGED: Final = (Surface.RESPONSES, Surface.GENERATIONS, Surface.EDITS)
_MISSING: Final = (404, 405, 410, 501)
_MODEL: Final = re.compile(r"model|deployment|模型", re.IGNORECASE)
_PATH: Final = re.compile(r"(?<!\S)[^\s/]*/\S*")  # a path that a message quotes, `/v1/models`
_VARIES: Final = re.compile(r"[0-9a-f-]{8,}|\d{6,}", re.IGNORECASE)
_VERSION: Final = re.compile(r"/v\d\w*\Z")
_ENDPOINT: Final = re.compile(r"/(?:models|responses|images(?:/\w+)?|chat(?:/completions)?|completions)\Z")
_TWICE: Final = re.compile(r"(/v\d\w*)(?:/v\d\w*){1,3}\Z")


def is_missing(exchange: Exchange, nowhere: Exchange | None) -> bool:
    """Return whether an answer says that the path does not exist, by itself or as `nowhere` was answered."""
    status = exchange.status or 0
    if exchange.last.failure is not None or _is_about_request(exchange):
        return False
    if 200 <= status < 300:
        return exchange.content_type == "text/html"
    if status in _MISSING:
        return True
    return status == 400 and nowhere is not None and _look_alike(exchange, nowhere)


def _is_about_request(exchange: Exchange) -> bool:
    """Return whether a refusal is about the request: a field or a model that the server read."""
    try:
        error = exchange.error
    except MalformedAnswerError:
        return False
    if error is None or error.shape in (ErrorShape.HTML, ErrorShape.TEXT):
        return False
    words = _PATH.sub("", f"{error.code} {error.message}")
    return bool(error.param) or _MODEL.search(words) is not None


def _look_alike(exchange: Exchange, other: Exchange) -> bool:
    return exchange.status == other.status and _without_variables(exchange) == _without_variables(other)


def _without_variables(exchange: Exchange) -> str:
    text = exchange.body[:4000].decode("utf-8", "replace").replace(exchange.request.path, "")
    return _VARIES.sub("", text)


def is_api(exchange: Exchange, nowhere: Exchange | None) -> bool:
    """Return whether an answer is one of an API: a list, a refusal of the request, a demand for a key."""
    if exchange.status is None or (exchange.status >= 500 and exchange.status != 501):
        return not exchange.request.is_link  # an outage shows nothing about the address
    if 300 <= exchange.status < 400 or exchange.content_type == "text/html":
        return False
    if nowhere is None:
        return exchange.status in (200, 401, 403) and exchange.content_type == "application/json"
    return not is_missing(exchange, nowhere)


def alternative_addresses(base_url: str, listed: Exchange) -> Iterator[str]:
    """Yield addresses at which the API may be instead of `base_url`, the most likely first."""
    base = base_url.rstrip("/")
    parts = urlsplit(base)
    root = f"{parts.scheme}://{parts.netloc}"
    known = {base}
    location = listed.last.header("location") or ""
    target = redirect_target(location, base)
    trimmed = _ENDPOINT.sub("", base)
    bare = _VERSION.sub("", trimmed)
    for address in (
        target,
        _TWICE.sub(r"\1", base),
        trimmed,
        f"{trimmed}/v1" if not _VERSION.search(trimmed) else "",
        f"{root}/v1",
        f"{bare}/v1" if bare != trimmed else "",
        f"{root}/api/v1",
        f"{root}/openai/v1",
    ):
        if address and address not in known:
            known.add(address)
            yield address


def redirect_target(location: str, base: str) -> str:
    """Return the base URL that a redirect of `/models` leads to; empty where it leads to none."""
    if location.startswith("/"):
        parts = urlsplit(base)
        location = f"{parts.scheme}:{'' if location.startswith('//') else f'//{parts.netloc}'}{location}"
    if not re.match(r"https?://[^/\s]+", location):
        return ""
    return re.sub(r"/models/?\Z", "", location.partition("?")[0]).rstrip("/")


@dataclass(frozen=True, slots=True)
class Survey:
    """What the survey of a gateway shows: the answers by surface, and the one of no endpoint."""

    answers: Mapping[Surface, tuple[Exchange, ...]]
    nowhere: Exchange | None
    others: tuple[Exchange, ...]

    def absent(self, surface: Surface) -> bool:
        """Return whether each request to a surface was answered as a missing path is, two of them."""
        answers = self.answers.get(surface, ())
        return len(answers) > 1 and all(is_missing(answer, self.nowhere) for answer in answers)

    def present(self, surface: Surface) -> bool:
        """Return whether a surface answered, with anything but an outage, a demand for a key or a redirect."""
        answers = self.answers.get(surface, ())
        statuses = [answer.status or 0 for answer in answers]
        read = all(200 <= status < 500 and not 300 <= status < 400 and status not in (401, 403) for status in statuses)
        return bool(answers) and read and not any(is_missing(answer, self.nowhere) for answer in answers)

    @property
    def paths(self) -> Mapping[str, Exchange]:
        """The last answer of each absent endpoint that capabilities depend on, by its path."""
        absent = (self.answers[surface][-1] for surface in _JUDGED if self.absent(surface))
        return {exchange.request.path: exchange for exchange in absent}

    @property
    def is_without_api(self) -> bool:
        """Whether no API answered at the address."""
        answers = [answer for of_surface in self.answers.values() for answer in of_surface]
        return len(answers) > 1 and not any(is_api(answer, self.nowhere) for answer in answers)

    @property
    def better_address(self) -> str:
        """The address at which an API answers in place of the gateway's; empty where none is known."""
        return next((answer.request.note for answer in self.others if is_api(answer, None)), "")


def read_survey(evidence: Evidence | None) -> Survey:
    """Return what the survey shows; nothing at all where it was not sent."""
    exchanges = evidence.exchanges if evidence is not None else ()
    answers: dict[Surface, tuple[Exchange, ...]] = {}
    for exchange in exchanges:
        if exchange.request.note in set(Surface):
            surface = Surface(exchange.request.note)
            answers[surface] = (*answers.get(surface, ()), exchange)
    nowhere = next((exchange for exchange in exchanges if exchange.request.note == NOWHERE_NOTE), None)
    return Survey(answers, nowhere, tuple(exchange for exchange in exchanges if exchange.request.is_link))


def no_api_message(gateway: Gateway, survey: Survey) -> Message:
    """Return the sentence that no API answers at an address, with the one that answers where it is known."""
    address, better = gateway.base_url.rstrip("/"), survey.better_address
    listed = survey.answers[Surface.MODELS][-1]
    location = redirect_target(listed.last.header("location") or "", address)
    if 300 <= (listed.status or 0) < 400 and location and better in ("", location):
        return message("{address} redirects to {location}; use {location}", address=address, location=location)
    if better:
        return message("no OpenAI-style API at {address}; use {better}", address=address, better=better)
    if not _VERSION.search(address):
        return message("no OpenAI-style API at {address}; did you mean {address}/v1?", address=address)
    return message("no OpenAI-style API at {address}; is the base URL right?", address=address)


def judge_absent_surface(
    item: Item, claim: Claim, finding: Finding | None, evidence: Evidence, captured: Mapping[str, Evidence]
) -> Finding | None:
    """Return the finding about an item whose endpoint does not exist; None where it does.

    `finding` is the finding so far; None where nothing was asked yet.
    """
    blocked = evidence.blocked
    if blocked is not None and blocked.absent == EVERYTHING:
        return Unobserved(blocked.cause, blocked.message)
    if (ordered := judge_task(item, evidence, captured)) is not None:
        return ordered
    if (behind := behind_task(item, finding, evidence, captured)) is not None:
        return behind
    paths = read_survey(captured.get(SURVEY)).paths
    path = _absent_path(item, finding, evidence, paths) if paths else ""
    if not path:
        return None
    exchange = paths[path]
    owner = owner_of(exchange.request.note, item.gateway, captured)
    is_own = item.probe.capability == owner
    of_endpoint = item.probe.capability.partition(".")[0] in ("responses", "images")
    declined = claim.stance is Stance.DECLINED or (not owner and of_endpoint)
    if is_own or (declined and REFUSAL not in item.probe.accepts):
        return refused(
            "surface.absent", "there is no endpoint POST {path}: {answer}", path=path, answer=exchange.summary
        ).at(exchange.place)
    if not owner:
        return inapplicable("no such endpoint: POST {path}", path=path).at(exchange.place)
    return hidden(owner, "no such endpoint: POST {path}", path=path).at(exchange.place)


_USES_TEXT: Final = frozenset({"models.text_listed"})
"""Capabilities about the text model, which nothing asks where there is no Responses endpoint."""


def _absent_path(item: Item, finding: Finding | None, evidence: Evidence, paths: Mapping[str, Exchange]) -> str:
    """Return the path of the absent endpoint that an item depends on; empty where it depends on none."""
    if item.probe.capability in _USES_TEXT and isinstance(finding, Seen) and finding.fault_kind:
        return next((path for path, exchange in paths.items() if exchange.request.note == Surface.RESPONSES), "")
    if evidence.blocked is not None and evidence.blocked.absent:
        return evidence.blocked.absent if evidence.blocked.absent in paths else ""
    if not isinstance(finding, Seen) or finding.fault_kind != "surface.absent":
        return ""
    decided = (exchange.request.path for exchange in evidence.exchanges if exchange.place == finding.place)
    return next((path for path in decided if path in paths), "")
