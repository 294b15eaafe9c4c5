"""Whose doing a finding most likely is, in words: how the evidence shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateprobe.language import translated
from gateprobe.model import Cause, Observed
from gateprobe.record.file import ATTRIBUTION_FAILED, Record

SIGNATURES: Final[Mapping[str, str]] = {
    "cloudflare_520": "a Cloudflare 520: the gateway's own server gave Cloudflare an answer that it could not read",
    "cloudflare_521": "a Cloudflare 521: the gateway's own server refused Cloudflare's connection",
    "cloudflare_522": "a Cloudflare 522: the gateway's own server did not accept Cloudflare's connection in time",
    "cloudflare_523": "a Cloudflare 523: the gateway's own server could not be reached by Cloudflare",
    "cloudflare_524": (
        "a Cloudflare 524: the gateway's own server did not answer within Cloudflare's limit of about 100 s, which "
        "pictures outlast"
    ),
    "cloudflare_525": "a Cloudflare 525: Cloudflare could not agree on TLS with the gateway's own server",
    "cloudflare_526": "a Cloudflare 526: Cloudflare did not trust the certificate of the gateway's own server",
    "cloudflare_530": "a Cloudflare 530: Cloudflare could not find the gateway's own server",
    "cloudflare_challenge": "a challenge page of Cloudflare, made for browsers, stands before the API",
    "cloudflare_page": "a page of Cloudflare came in place of the API's answer",
    "nginx_timeout": "the page of an nginx whose program behind it did not answer in time (504)",
    "nginx_no_answer": "the page of an nginx whose program behind it gave no answer",
    "nginx_body_size": "the page of an nginx that takes no body of this size (client_max_body_size)",
    "nginx_page": "a page of nginx came",
    "html_page": "an HTML page came where an API answers in JSON",
    "codex": "words of the ChatGPT Codex back end: an account of that product is resold as an API",
    "chatgpt_limit": "the limit of a ChatGPT account in the gateway's pool",
    "pool_empty": "an account or channel is missing from the gateway's own pool",
    "litellm": "LiteLLM, quoting the server behind it",
    "new_api_upstream": "new-api or one-api, saying that the server behind it failed",
    "new_api": "new-api or one-api, in its own words",
    "upstream_named": "the gateway says that the server behind it failed",
    "azure_named": "Azure OpenAI stands behind it: a deployment, an API version or a content filter of Azure is named",
    "azure_headers": "Azure OpenAI answered, by its headers",
    "fastapi_check": "FastAPI's own check of the request",
    "fastapi_detail": "a FastAPI `detail`",
    "own_exception": "the gateway's own program, quoting its exception",
    "seen_gateway": "seen from both sides: the upstream received another request or sent another answer",
    "seen_upstream": "seen from both sides: the upstream received the request unchanged and sent this answer",
    "xai": "an error object of xAI's shape: `error` is text beside a code",
}
"""What a recognised answer shows of its maker."""

CAUSES: Final[Mapping[Cause, str]] = {
    Cause.AUTH: "the key that gateprobe was given was not accepted",
    Cause.QUOTA: "the account of this key has no credit left",
    Cause.THROTTLED: "this key sent more requests than its limits allow",
    Cause.TIMEOUT: "nothing came in time; who was slow cannot be observed from outside",
    Cause.NETWORK: "the connection broke on its way",
    Cause.UPSTREAM: "a 5xx that does not say whose failure it is",
    Cause.POLICY: "a safety system refused",
    Cause.BUDGET: "gateprobe's own budget or its user stopped it",
    Cause.PREREQUISITE: "an earlier answer that this needs did not come",
    Cause.UNOBSERVABLE: "only the vendor can see it",
    Cause.HARNESS: "gateprobe itself failed",
}
"""Why something was not observed, as evidence of whose doing it is."""

DELIVERED: Final[Mapping[Observed, str]] = {
    Observed.HONOURED: "it answers, beyond what its documents say",
    Observed.REFUSED: "it refused in the API's own shape",
    Observed.IGNORED: "it accepted the request with a 2xx, and is responsible for what it delivers",
    Observed.MALFORMED: "whoever sends an answer is responsible for its form",
}
"""Why an answer is the doing of whoever sent it."""

FAILED: Final = "gateprobe failed while it determined the origin"
NOT_INSTALLED: Final = "what this question needs is not installed where gateprobe runs"
NOTHING_CAME: Final = "nothing came that the question is about"


def blame_reason(record: Record) -> str:
    """Return what shows whose doing a finding is; empty where it is nobody's."""
    return translated(_reason(record))


def _reason(record: Record) -> str:
    if record.blame is None:
        return ""
    if record.signature == ATTRIBUTION_FAILED:
        return FAILED
    if record.signature:
        return SIGNATURES.get(record.signature, "")
    if record.install:
        return NOT_INSTALLED
    if record.optional:
        return NOTHING_CAME
    return CAUSES[record.cause] if record.cause is not None else DELIVERED.get(record.observed, "")
