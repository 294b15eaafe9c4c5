"""Requests as values without secrets: the key is added where the request leaves."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any, Final, Self
from urllib.parse import urlencode

from gateprobe.model import Json

BOGUS_KEY: Final = "sk-gateprobe-invented-key-that-nobody-issued"
"""An invented key, for requests without a right key to derive one from, and for commands to copy."""
_ALPHABETS: Final = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_LETTERS: Final = "".join(_ALPHABETS)
_END: Final = 8  # characters of a key that some gateways alone compare


class Auth(StrEnum):
    """The key that a request carries.

    `BOGUS` is invented for each run out of the right key, with one other character inside; `ALTERED` is the right key
    with another last character.
    """

    KEY = "key"
    BOGUS = "bogus"
    ALTERED = "altered"
    NONE = "none"


def altered(key: str) -> str:
    """Return a key whose last character is another letter; the invented key for an empty one."""
    if not key:
        return BOGUS_KEY
    return key[:-1] + ("b" if key[-1] in "aA" else "a")


def invented(key: str, seed: int) -> str:
    """Return an invented key: of the same length and beginning, with one other character after the beginning.

    The seed is that of the run, so that no gateway can learn the key. The end of a long key stays, too: the altered key
    shows a gateway that looks at the beginning only.
    """
    beginning = min(8, len(key) // 2)
    places = [at for at, old in enumerate(key) if beginning <= at < len(key) - 1 and old in _LETTERS]
    places = [at for at in places if at < len(key) - _END] or places
    if not places:
        return altered(key)
    draw = Random(f"{seed} {key}")  # noqa: S311 - nothing secret is drawn
    at = draw.choice(places)
    alphabet = next(letters for letters in _ALPHABETS if key[at] in letters)
    return key[:at] + draw.choice(alphabet.replace(key[at], "")) + key[at + 1 :]


class Transport(StrEnum):
    """The transport of a request; on a WebSocket, all requests of one scenario share one connection."""

    HTTP = "http"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class Buy:
    """Pictures that a request pays for, so that a plan can price them."""

    n: int = 1
    size: str = "1024x1024"
    quality: str = "low"


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON body, sent compactly as UTF-8."""

    value: Json


@dataclass(frozen=True, slots=True)
class RawBody:
    """Bytes that are sent unchanged."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form; a file where `filename` is given."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str | None = None


def text_fields(parts: Iterable[Part]) -> dict[str, str]:
    """Return the fields of a form that are not files, each as text."""
    return {part.name: part.data.decode("utf-8", "replace") for part in parts if part.filename is None}


@dataclass(frozen=True, slots=True)
class FormBody:
    """A multipart/form-data body."""

    parts: tuple[Part, ...]


Body = JsonBody | RawBody | FormBody | None

RESPONSE_ID: Final = "{response}"
"""Stands in a following message for the id of the response that it is about."""


@dataclass(frozen=True, slots=True)
class Following:
    """A further message of one exchange over a WebSocket.

    It is sent with the first one, or as soon as an event of the type `after` was received.
    """

    value: Json
    after: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a scenario.

    `path` is relative to the gateway's base URL (`/responses`), or a link that the gateway itself returned, which may
    be anything. `streams` is set where a stream is asked for. `buys` is what a success costs. `pause` is the time in
    seconds between the answer before it and this request. `leave_after` is the number of bytes of a 2xx answer after
    which the connection is closed on purpose; 0 reads all of it. `leave_at` is the time in seconds after which it is
    closed where no answer has begun; 0 waits. `following` are further messages over a WebSocket,
    whose answers belong to the same exchange. `surface` is `generations` or `edits` where the
    request goes to the Images API at a path that does not say so. `delivers` is the number of pictures that an order
    bought, whose task this request polls.
    """

    method: str
    path: str
    body: Body = None
    auth: Auth = Auth.KEY
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    buys: tuple[Buy, ...] = ()
    streams: bool = False
    transport: Transport = Transport.HTTP
    note: str = ""
    pause: float = 0.0
    leave_after: int = 0
    leave_at: float = 0.0
    following: tuple[Following, ...] = ()
    surface: str = ""
    delivers: int = 0

    @property
    def verb(self) -> str:
        """The method as reports show it: `POST`; `WebSocket` for a message over a WebSocket."""
        return "WebSocket" if self.transport is Transport.WEBSOCKET else self.method

    @property
    def images(self) -> int:
        """The number of pictures that a success buys."""
        return sum(buy.n for buy in self.buys)

    @property
    def expected_images(self) -> int:
        """The most pictures that the request itself can explain.

        This is the number that a success buys; if it buys none, one for each message.
        """
        return self.images or 1 + len(self.following)

    @property
    def harmless(self) -> bool:
        """Whether it may be sent again when its outcome is unknown: it only reads.

        Any other request may have been billed (gateways draw some invalid requests, and some accept any key), or its
        second answer may differ (a deleted object is missing).
        """
        return self.method in ("GET", "HEAD", "OPTIONS")

    @property
    def deletes(self) -> bool:
        """Whether it deletes something: a second attempt, even after a 503, might find nothing."""
        return self.method == "DELETE"

    @property
    def could_draw(self) -> bool:
        """Whether a gateway could draw a picture for it, requested or not: it does more than read or delete."""
        return not self.harmless and not self.deletes

    @property
    def is_link(self) -> bool:
        """Whether it goes to a link that the gateway returned, and not to a path of the gateway."""
        return not self.path.startswith("/")

    @property
    def target(self) -> str:
        """The path with the query."""
        if not self.query:
            return self.path
        return f"{self.path}{'&' if '?' in self.path else '?'}{urlencode(self.query)}"

    @property
    def endpoint(self) -> str:
        """The endpoint that it goes to: `generations` or `edits`, also by a task, else the last segment of its path."""
        segments = self.path.partition("?")[0].split("/")
        named = next((name for name in ("edits", "generations") if name in segments), segments[-1])
        return self.surface or ("generations" if named == "tasks" and "images" in segments else named)

    @property
    def of_images(self) -> bool:
        """Whether it goes to the Images API: `images` is a segment of its path, or a gateway file says so."""
        return bool(self.surface) or "images" in self.path.partition("?")[0].split("/")

    @property
    def asks_for_picture(self) -> bool:
        """Whether a gateway might draw a picture for it, even if the request is invalid and should be refused."""
        body = self.json
        tools = body.get("tools") if isinstance(body, dict) else None
        return self.could_draw and (self.of_images or bool(tools))

    @property
    def fields(self) -> frozenset[str]:
        """The names of the top-level fields of its JSON body or form; `image[]` counts as `image`."""
        if isinstance(self.body, FormBody):
            return frozenset(part.name.removesuffix("[]") for part in self.body.parts)
        return frozenset(self.json) if isinstance(self.json, dict) else frozenset()

    @property
    def prompt(self) -> str:
        """The text that it asks with: the prompt, or the texts of its input, one after another; empty without one."""
        if isinstance(self.body, FormBody):
            texts = [part.data.decode("utf-8", "replace") for part in self.body.parts if part.name == "prompt"]
            return texts[0] if texts else ""
        return prompt_in(self.json)

    @property
    def json(self) -> Json:
        """The JSON body as a value; an empty dict where there is none."""
        return self.body.value if isinstance(self.body, JsonBody) else {}

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return replace(self, **changes)


def image_tool_in(body: Json) -> dict[str, Json]:
    """Return the image tool in a body of /responses, or in a Response; empty where there is none."""
    tools = body.get("tools") if isinstance(body, dict) else None
    listed = tools if isinstance(tools, list) else []
    return next((tool for tool in listed if isinstance(tool, dict) and tool.get("type") == "image_generation"), {})


def prompt_in(body: Json) -> str:
    """Return the text that a body asks with: its prompt, or the texts of its input; empty without one."""
    asked = body.get("prompt", body.get("input")) if isinstance(body, dict) else None
    return asked if isinstance(asked, str) else " ".join(_texts(asked))


def _texts(items: Json) -> Iterator[str]:
    """Yield the texts of input items, in order."""
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            if isinstance(text := item.get("text"), str):
                yield text
            content = item.get("content")
            yield from (content,) if isinstance(content, str) else _texts(content)


@dataclass(frozen=True, slots=True)
class Together:
    """Requests that are sent at the same moment."""

    requests: tuple[Request, ...]
