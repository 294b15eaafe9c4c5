"""Shapes of answers that name their maker: a proxy's page, a pool's words, the envelope of a known relay.

An answer that is no API's own tells who wrote it. Each shape says whose doing such an answer most likely is and
why, in words that stand in a sentence. Sources: recorded traffic (2025-03 to 2026-09), published issues of the relays
themselves, and the documents of Cloudflare, nginx, FastAPI and Azure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import ErrorShape, Exchange, MalformedAnswerError
from gateprobe.judge.crashes import quotes_exception
from gateprobe.model import Blame

_LOOKED_AT: Final = 4000  # bytes of a body that a maker is read from


@dataclass(frozen=True, slots=True)
class Marks:
    """What an answer shows of its maker. `text` is the start of the body in lower case, `words` what its error said."""

    status: int
    headers: frozenset[str]
    server: str
    text: str
    words: str
    html: bool
    envelope: ErrorShape | None

    def matches(self, pattern: str) -> bool:
        """Say whether the error's own words, its code or its type hold a pattern."""
        return re.search(pattern, self.words) is not None


@dataclass(frozen=True, slots=True)
class Shape:
    """A recognised answer: how it is called in a sentence, whose doing it most likely is, and how it is told."""

    name: str
    blame: Blame
    fits: Callable[[Marks], bool]


_CLOUDFLARE: Final = {
    520: "the gateway's own server gave Cloudflare an answer that it could not read",
    521: "the gateway's own server refused Cloudflare's connection",
    522: "the gateway's own server did not accept Cloudflare's connection in time",
    523: "the gateway's own server could not be reached by Cloudflare",
    524: "the gateway's own server did not answer Cloudflare within its limit, about 100 s, which pictures outlast",
    525: "Cloudflare could not agree on TLS with the gateway's own server",
    526: "Cloudflare did not trust the certificate of the gateway's own server",
    530: "Cloudflare could not find the gateway's own server",
}


def _of_status(status: int) -> Callable[[Marks], bool]:
    return lambda one: one.status == status


SHAPES: Final = (
    *(
        Shape(f"a Cloudflare {status}: {said}", Blame.GATEWAY, _of_status(status))
        for status, said in _CLOUDFLARE.items()
    ),
    Shape(
        "a challenge page of Cloudflare, made for browsers, stands before the API",
        Blame.GATEWAY,
        lambda one: "cf-mitigated" in one.headers or (one.html and "cf-chl" in one.text) or "just a moment" in one.text,
    ),
    Shape(
        "a page of Cloudflare came in place of the API's answer",
        Blame.GATEWAY,
        lambda one: one.html and "cloudflare" in one.text,
    ),
    Shape(
        "the page of an nginx whose program behind it did not answer in time (504)",
        Blame.GATEWAY,
        lambda one: one.html and "nginx" in one.text and one.status == 504,
    ),
    Shape(
        "the page of an nginx whose program behind it gave no answer",
        Blame.GATEWAY,
        lambda one: one.html and "nginx" in one.text and one.status in (502, 503),
    ),
    Shape(
        "the page of an nginx that takes no body of this size (client_max_body_size)",
        Blame.GATEWAY,
        lambda one: one.html and "nginx" in one.text and one.status == 413,
    ),
    Shape("a page of nginx came", Blame.GATEWAY, lambda one: one.html and "nginx" in one.text),
    Shape("an HTML page came where an API answers in JSON", Blame.GATEWAY, lambda one: one.html),
    Shape(
        "words of the ChatGPT Codex back end: an account of that product is resold as an API",
        Blame.UPSTREAM,
        lambda one: (
            one.envelope is ErrorShape.DETAIL
            and one.matches(
                r"(?i)authentication token|stream must be set to true|store must be set to false|instructions are "
                r"(not valid|required)|input must be a list|unsupported parameter: "
            )
        ),
    ),
    Shape(
        "the limit of a ChatGPT account in the gateway's pool",
        Blame.UPSTREAM,
        lambda one: one.matches(r"(?i)usage_limit_reached|usage limit has been reached|codex.*rate.?limit"),
    ),
    Shape(
        "an account or channel is missing from the gateway's own pool",
        Blame.GATEWAY,
        lambda one: one.matches(
            r"(?i)no available (accounts?|channels?)|no_available|get_channel_failed|model_price_error"
            r"|无可用渠道|没有可用"
        ),
    ),
    Shape(
        "LiteLLM, quoting the server behind it",
        Blame.UPSTREAM,
        lambda one: one.matches(r"(?i)litellm\.\w*(error|timeout|exception)|\b(openai|azure|vertex_?ai)exception\b"),
    ),
    Shape(
        "new-api or one-api, saying that the server behind it failed",
        Blame.UPSTREAM,
        lambda one: one.matches(r"(?i)bad_response_status_code|bad_response_body|do_request_failed|upstream_error"),
    ),
    Shape(
        "new-api or one-api, in its own words",
        Blame.GATEWAY,
        lambda one: one.matches(r"(?i)\b(new|one)_api_(error|panic)|\(request id: 20\d{12,}"),
    ),
    Shape(
        "the gateway says that the server behind it failed",
        Blame.UPSTREAM,
        lambda one: one.matches(r"(?i)upstream (request|service|server|error|access)|openai_error|overloaded"),
    ),
    Shape(
        "Azure OpenAI stands behind it: a deployment, an API version or a content filter of Azure is named",
        Blame.UPSTREAM,
        lambda one: one.matches(r"DeploymentNotFound|ResponsibleAIPolicyViolation|content_filter_result|api-version"),
    ),
    Shape(
        "Azure OpenAI answered, by its headers",
        Blame.UPSTREAM,
        lambda one: one.status >= 400 and bool({"apim-request-id", "x-ms-region"} & one.headers),
    ),
    Shape(
        "FastAPI's own check of the request",
        Blame.GATEWAY,
        lambda one: one.envelope is ErrorShape.DETAIL and (one.status == 422 or one.matches(r'"loc"|^\[\{')),
    ),
    Shape("a FastAPI `detail`", Blame.GATEWAY, lambda one: one.envelope is ErrorShape.DETAIL),
    Shape(
        "the gateway's own program, quoting its exception",
        Blame.GATEWAY,
        lambda one: one.status >= 500 and quotes_exception(one.words),
    ),
    Shape(
        "an error object of xAI's shape: `error` is text beside a code",
        Blame.UPSTREAM,
        lambda one: one.envelope is ErrorShape.ERROR_TEXT and one.matches(r"(?i)console\.x\.ai|invalid-argument"),
    ),
)
"""Every recognised shape, the most telling first."""


def marks_of(exchange: Exchange) -> Marks:
    """Read what an answer shows of its maker; never raises for what a server sent."""
    try:
        said = exchange.error
    except (MalformedAnswerError, RecursionError):
        said = None
    names = {name.lower() for name, _ in exchange.last.headers}
    status = exchange.status or 0
    text = exchange.body[:_LOOKED_AT].decode("utf-8", "replace").lower() if status >= 300 else ""
    page = exchange.content_type == "text/html" or (said is not None and said.shape is ErrorShape.HTML)
    return Marks(
        status=status,
        headers=frozenset(names),
        server=(exchange.last.header("server") or "").lower(),
        text=text,
        words=f"{said.code or ''} {said.type or ''} {said.message}"[:_LOOKED_AT] if said is not None else "",
        html=page and status >= 200,
        envelope=said.shape if said is not None else None,
    )


def shape_of(exchange: Exchange) -> Shape | None:
    """Give the recognised shape of an answer, or None where it is nobody's in particular."""
    marks = marks_of(exchange)
    return next((shape for shape in SHAPES if shape.fits(marks)), None)
