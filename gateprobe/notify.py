"""Send a text to chat services: Slack, 飞书 (Feishu, Lark), 钉钉 (DingTalk), 企业微信 (WeCom), or any webhook.

Sources: the services' guides to incoming webhooks and custom bots, as quoted in public on 2026-11-30 (WeCom:
developer.work.weixin.qq.com path/91770; Feishu: open-apis/bot/v2/hook; DingTalk: group/custom-robot-access).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import httpx

from gateprobe.errors import UsageError
from gateprobe.model import Json
from gateprobe.redact.outgoing import add_secrets

_PAUSES: Final = (1.0, 4.0)
"""Seconds before the second and the third attempt."""

_TIMEOUT: Final = 10.0
_MOST: Final = 2000  # bytes; WeCom and DingTalk refuse texts of more than 2,048 and 20,000


_LEAST: Final = 9  # characters of a part of an address that is secret: Slack's ids have 9 to 11, tokens more


class Service(StrEnum):
    """The services whose form of message differs; `webhook` is any other address."""

    SLACK = "slack"
    FEISHU = "feishu"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    WEBHOOK = "webhook"


_HOSTS: Final[Mapping[str, Service]] = MappingProxyType(
    {
        "hooks.slack.com": Service.SLACK,
        "open.feishu.cn": Service.FEISHU,
        "open.larksuite.com": Service.FEISHU,
        "oapi.dingtalk.com": Service.DINGTALK,
        "api.dingtalk.com": Service.DINGTALK,
        "qyapi.weixin.qq.com": Service.WECOM,
    }
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A webhook and the service that it belongs to. The address is a secret: whoever has it can write there."""

    service: Service
    url: str

    @property
    def host(self) -> str:
        """The part of the address that may be shown."""
        return urlsplit(self.url).hostname or ""


def recipient(text: str) -> Recipient:
    """Read an address, which is hidden everywhere from now on.

    The service follows from its host, or from a prefix (`slack+https://…`).

    Raises:
        UsageError: it is not an http or https address.
    """
    prefix, plus, rest = text.partition("+")
    service = Service(prefix) if plus and prefix in list(Service) else None
    url = rest if service else text
    add_secrets([text, url])
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise UsageError(
            "--notify is not an address such as https://hooks.slack.com/services/…; another host of a known service"
            " needs a prefix: slack+, feishu+, dingtalk+ or wecom+"
        )
    add_secrets(filter(_is_token, re.split("[/=&?]", f"{parts.path}?{parts.query}")))
    return Recipient(service or _HOSTS.get(host, Service.WEBHOOK), url)


def _is_token(part: str) -> bool:
    """Return whether a part of an address is its secret; words such as `webhook` occur in everything."""
    return len(part) >= _LEAST and any(map(str.isdigit, part))


def send(to: Recipient, text: str, facts: Mapping[str, Json], pause: Callable[[float], None] = time.sleep) -> str:
    """Send a text, up to three times; return why it was not delivered, else an empty text.

    `facts` are sent to a plain webhook only. Feishu and DingTalk may demand a keyword in each text: `gateprobe`.
    """
    body = _body(to.service, f"gateprobe: {text}".encode()[:_MOST].decode("utf-8", "ignore"), facts)
    problem = ""
    for seconds in (*_PAUSES, None):
        try:
            answer = httpx.post(to.url, json=body, timeout=_TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        else:
            problem = _problem(answer)
            if not problem or (400 <= answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS):
                return problem
        if seconds is not None:
            pause(seconds)
    return problem


def _body(service: Service, text: str, facts: Mapping[str, Json]) -> dict[str, Json]:
    match service:
        case Service.SLACK:
            return {"text": text}
        case Service.FEISHU:
            return {"msg_type": "text", "content": {"text": text}}
        case Service.DINGTALK | Service.WECOM:
            return {"msgtype": "text", "text": {"content": text}}
        case Service.WEBHOOK:
            return {"text": text, **facts}


def _problem(answer: httpx.Response) -> str:
    """Return what is wrong with an answer: Feishu, DingTalk and WeCom answer 200 with a code of their own."""
    if not answer.is_success:
        return f"HTTP {answer.status_code}"
    try:
        code = answer.json()
    except ValueError:
        return ""
    for name in ("code", "errcode"):
        if isinstance(code, dict) and code.get(name) not in (None, 0):
            return f"{name} {code[name]}"
    return ""
