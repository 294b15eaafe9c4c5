"""Signatures: answers that name their maker, such as a proxy's page, a pool's words, the envelope of a known relay.

Each signature states whose doing such an answer most likely is. Its id is permanent; the words for readers are in
`formats.blame`. Sources: recorded traffic (2025-03 to 2026-09), published issues of the relays
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
    """What an answer shows of its maker. `text` is the start of the body in lower case, `words` what its error says."""

    status: int
    headers: frozenset[str]
    server: str
    text: str
    words: str
    html: bool
    envelope: ErrorShape | None

    def matches(self, pattern: str) -> bool:
        """Return whether the error's words, its code or its type match a pattern."""
        return re.search(pattern, self.words) is not None


@dataclass(frozen=True, slots=True)
class Signature:
    """A recognised answer: its id, whose doing it most likely is, and what it is recognised by."""

    id: str
    blame: Blame
    fits: Callable[[Marks], bool]


_CLOUDFLARE: Final = (520, 521, 522, 523, 524, 525, 526, 530)  # what Cloudflare adds to the statuses of HTTP


def _of_status(status: int) -> Callable[[Marks], bool]:
    return lambda marks: marks.status == status


SIGNATURES: Final = (
    *(Signature(f"cloudflare_{status}", Blame.GATEWAY, _of_status(status)) for status in _CLOUDFLARE),
    Signature(
        "cloudflare_challenge",
        Blame.GATEWAY,
        lambda marks: (
            "cf-mitigated" in marks.headers or (marks.html and "cf-chl" in marks.text) or "just a moment" in marks.text
        ),
    ),
    Signature(
        "cloudflare_page",
        Blame.GATEWAY,
        lambda marks: marks.html and "cloudflare" in marks.text,
    ),
    Signature(
        "nginx_timeout",
        Blame.GATEWAY,
        lambda marks: marks.html and "nginx" in marks.text and marks.status == 504,
    ),
    Signature(
        "nginx_no_answer",
        Blame.GATEWAY,
        lambda marks: marks.html and "nginx" in marks.text and marks.status in (502, 503),
    ),
    Signature(
        "nginx_body_size",
        Blame.GATEWAY,
        lambda marks: marks.html and "nginx" in marks.text and marks.status == 413,
    ),
    Signature("nginx_page", Blame.GATEWAY, lambda marks: marks.html and "nginx" in marks.text),
    Signature("html_page", Blame.GATEWAY, lambda marks: marks.html),
    Signature(
        "codex",
        Blame.UPSTREAM,
        lambda marks: (
            marks.envelope is ErrorShape.DETAIL
            and marks.matches(
                r"(?i)authentication token|stream must be set to true|store must be set to false|instructions are "
                r"(not valid|required)|input must be a list|unsupported parameter: "
            )
        ),
    ),
    Signature(
        "chatgpt_limit",
        Blame.UPSTREAM,
        lambda marks: marks.matches(r"(?i)usage_limit_reached|usage limit has been reached|codex.{0,100}rate.?limit"),
    ),
    Signature(
        "pool_empty",
        Blame.GATEWAY,
        lambda marks: marks.matches(
            r"(?i)no available (accounts?|channels?)|no_available|get_channel_failed|model_price_error"
            r"|无可用渠道|没有可用"
        ),
    ),
    Signature(
        "litellm",
        Blame.UPSTREAM,
        lambda marks: marks.matches(
            r"(?i)litellm\.\w*(error|timeout|exception)|\b(openai|azure|vertex_?ai)exception\b"
        ),
    ),
    Signature(
        "new_api_upstream",
        Blame.UPSTREAM,
        lambda marks: marks.matches(r"(?i)bad_response_status_code|bad_response_body|do_request_failed|upstream_error"),
    ),
    Signature(
        "new_api",
        Blame.GATEWAY,
        lambda marks: marks.matches(r"(?i)\b(new|one)_api_(error|panic)|\(request id: 20\d{12,}"),
    ),
    Signature(
        "upstream_named",
        Blame.UPSTREAM,
        lambda marks: marks.matches(r"(?i)upstream (request|service|server|error|access)|openai_error|overloaded"),
    ),
    Signature(
        "azure_named",
        Blame.UPSTREAM,
        lambda marks: marks.matches(
            r"DeploymentNotFound|ResponsibleAIPolicyViolation|content_filter_result|api-version"
        ),
    ),
    Signature(
        "azure_headers",
        Blame.UPSTREAM,
        lambda marks: marks.status >= 400 and bool({"apim-request-id", "x-ms-region"} & marks.headers),
    ),
    Signature(
        "fastapi_check",
        Blame.GATEWAY,
        lambda marks: marks.envelope is ErrorShape.DETAIL and (marks.status == 422 or marks.matches(r'"loc"|^\[\{')),
    ),
    Signature("fastapi_detail", Blame.GATEWAY, lambda marks: marks.envelope is ErrorShape.DETAIL),
    Signature(
        "own_exception",
        Blame.GATEWAY,
        lambda marks: marks.status >= 500 and quotes_exception(marks.words),
    ),
    Signature(
        "xai",
        Blame.UPSTREAM,
        lambda marks: marks.envelope is ErrorShape.ERROR_TEXT and marks.matches(r"(?i)console\.x\.ai|invalid-argument"),
    ),
)
"""Every signature, the most specific first."""


def marks_of(exchange: Exchange) -> Marks:
    """Return what an answer shows of its maker; never raises for what a server sent."""
    try:
        error = exchange.error
    except (MalformedAnswerError, RecursionError):
        error = None
    names = {name.lower() for name, _ in exchange.last.headers}
    status = exchange.status or 0
    text = exchange.body[:_LOOKED_AT].decode("utf-8", "replace").lower() if status >= 300 else ""
    page = exchange.content_type == "text/html" or (error is not None and error.shape is ErrorShape.HTML)
    return Marks(
        status=status,
        headers=frozenset(names),
        server=(exchange.last.header("server") or "").lower(),
        text=text,
        words=f"{error.code or ''} {error.type or ''} {error.message}"[:_LOOKED_AT] if error is not None else "",
        html=page and status >= 200,
        envelope=error.shape if error is not None else None,
    )


def signature_of(exchange: Exchange) -> Signature | None:
    """Return the signature of an answer, or None where it has none."""
    marks = marks_of(exchange)
    return next((signature for signature in SIGNATURES if signature.fits(marks)), None)
