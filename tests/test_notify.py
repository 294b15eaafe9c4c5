"""The news of a night is sent to chat services in the form of each, and a service that fails does no harm."""

from __future__ import annotations

import json

import pytest

from gateprobe.errors import UsageError
from gateprobe.notify import Recipient, Service, recipient, send
from gateprobe.redact.outgoing import clean
from tests.support.loopback import Answer, raw_server, reply, slam

TEXT = "acme got worse: n_is_honoured[2] (asked for 2 pictures, received 1)."


def sent(service: Service, *answers: Answer) -> tuple[list[dict[str, object]], str, list[float]]:
    """Send a text to a server; return the bodies that it got, the problem, and the pauses between attempts."""
    pauses: list[float] = []
    with raw_server(*answers) as served:
        problem = send(Recipient(service, f"{served.url}/hook/abc"), TEXT, {"exit_code": 1}, pauses.append)
        return [json.loads(heard.partition(b"\r\n\r\n")[2]) for heard in served.heard], problem, pauses


@pytest.mark.parametrize(
    ("service", "body"),
    [
        (Service.SLACK, {"text": f"gateprobe: {TEXT}"}),
        (Service.FEISHU, {"msg_type": "text", "content": {"text": f"gateprobe: {TEXT}"}}),
        (Service.DINGTALK, {"msgtype": "text", "text": {"content": f"gateprobe: {TEXT}"}}),
        (Service.WECOM, {"msgtype": "text", "text": {"content": f"gateprobe: {TEXT}"}}),
        (Service.WEBHOOK, {"text": f"gateprobe: {TEXT}", "exit_code": 1}),
    ],
)
def test_each_service_gets_its_own_form(service: Service, body: dict[str, object]) -> None:
    """A text is delivered once, in the form that the service reads."""
    assert sent(service, reply(b'{"errcode":0,"code":0}')) == ([body], "", [])


@pytest.mark.parametrize(
    "answer", [reply(status="503 Service Unavailable"), reply(status="429 Too Many Requests"), slam]
)
def test_a_failed_delivery_is_repeated(answer: Answer) -> None:
    """After an overload or a broken connection the text is sent again."""
    bodies, problem, pauses = sent(Service.SLACK, answer, reply(b"ok", kind="text/plain"))
    assert (len(bodies), problem, len(pauses)) == (2, "", 1)


@pytest.mark.parametrize(
    ("answer", "problem", "attempts"),
    [
        (reply(status="404 Not Found"), "HTTP 404", 1),
        (reply(status="500 Internal Server Error"), "HTTP 500", 3),
        (reply(b'{"errcode":310000,"errmsg":"keywords not in content"}'), "errcode 310000", 3),
        (reply(b'{"code":9499,"msg":"Bad Request"}'), "code 9499", 3),
    ],
)
def test_a_refused_text_is_a_problem(answer: bytes, problem: str, attempts: int) -> None:
    """What a service refuses is named, also where it refuses with 200; a 4xx is not repeated."""
    bodies, found, _ = sent(Service.DINGTALK, answer)
    assert (found, len(bodies)) == (problem, attempts)


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("https://hooks.slack.com/services/T0/B0/aaaaaaaaaaaaaaa1", Service.SLACK),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/bbbbbbbbbbbbbbb1", Service.FEISHU),
        ("https://oapi.dingtalk.com/robot/send?access_token=ccccccccccccccc1", Service.DINGTALK),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=ddddddddddddddd1", Service.WECOM),
        ("https://ops.example/hook/eeeeeeeeeeeeeee1", Service.WEBHOOK),
        ("feishu+https://chat.example/hook/fffffffffffffff1", Service.FEISHU),
    ],
)
def test_the_service_follows_from_the_address(address: str, service: Service) -> None:
    """A host or a prefix names the service, and neither the address nor its token is printed any more."""
    to = recipient(address)
    token = address[-16:]
    assert to.service is service
    assert to.url.startswith("https://")
    assert token not in clean(f"POST {address} failed: {token}")
    assert to.host in clean(to.host)


def test_words_of_an_address_are_no_secrets() -> None:
    """What other texts contain too is not hidden."""
    recipient("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123456789abcdef")
    recipient("https://hooks.slack.com/services/T012345678/B012345678/abcdefghijkl0123456789AB")
    assert clean("responses.webhooks, services and send?key=") == "responses.webhooks, services and send?key="


@pytest.mark.parametrize("address", ["hooks.slack.com/services", "ftp://a.example/x", "slack+", "https://[", ""])
def test_no_address_is_one_sentence(address: str) -> None:
    """What is no http address is refused before anything is paid for, without repeating it."""
    with pytest.raises(UsageError, match="--notify is not an address such as"):
        recipient(address)
