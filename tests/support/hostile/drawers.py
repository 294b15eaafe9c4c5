"""Gateways that draw for every request that is posted, and hide it: each counts the pictures that it drew."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
from typing import Final

import orjson

from tests.support.evidence.streams import frame
from tests.support.hostile.drawing import Account, Drawer, body_of, response_of
from tests.support.hostile.hostile_servers import Heard
from tests.support.loopback import reply, slam, until_closed

_ACCEPT: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_MASKED: Final = 0x80
_LONG: Final = 126
_LONGER: Final = 127
_NO: Final = orjson.dumps({"error": {"message": "no", "type": "invalid_request_error", "code": "no", "param": None}})


def _with_status(status: str, headers: tuple[str, ...] = (), *, pictures: int = 1, shown: bool = True) -> Drawer:
    def answer(connection: socket.socket, heard: Heard, account: Account) -> None:
        drawn = account.draw(pictures)
        body = body_of(heard, drawn) if shown else b""
        connection.sendall(reply(body, "Connection: close", *headers, status=status))

    return answer


def _cut(connection: socket.socket, heard: Heard, account: Account) -> None:
    whole = reply(body_of(heard, account.draw()), "Connection: close")
    connection.sendall(whole[: len(whole) // 2])


def _reset(connection: socket.socket, _heard: Heard, account: Account) -> None:
    account.draw()
    slam(connection)


def _timed_out(connection: socket.socket, _heard: Heard, account: Account) -> None:
    account.draw()
    until_closed(connection)


def _escaped(connection: socket.socket, heard: Heard, account: Account) -> None:
    drawn = [f"/9j/{picture}" for picture in account.draw()]
    connection.sendall(reply(body_of(heard, drawn).replace(b"/", rb"\/"), "Connection: close"))


def _data_uri(connection: socket.socket, heard: Heard, account: Account) -> None:
    links = [f"data:image/png;base64,{picture}" for picture in account.draw()]
    body = orjson.dumps({"data": [{"url": link} for link in links]}) if heard.of_pictures else body_of(heard, links)
    connection.sendall(reply(body, "Connection: close"))


def _chunked_text(connection: socket.socket, _heard: Heard, account: Account) -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    (picture,) = account.draw()
    pieces = [picture[at : at + 100].encode() for at in range(0, len(picture), 100)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    connection.sendall(head.encode() + chunks + b"0\r\n\r\n")


def _in_an_error_event(connection: socket.socket, _heard: Heard, account: Account) -> None:
    event = {"type": "error", "error": {"message": "failed", "details": account.draw()}}
    connection.sendall(reply(frame(event), "Connection: close", kind="text/event-stream"))


def _links(connection: socket.socket, heard: Heard, account: Account) -> None:
    links = [f"{account.url}/picture/{at}.png" for at, _ in enumerate(account.draw(2))]
    body = orjson.dumps({"data": [{"url": link} for link in links]}) if heard.of_pictures else body_of(heard, links)
    connection.sendall(reply(body, "Connection: close"))


def _in_text(connection: socket.socket, heard: Heard, account: Account) -> None:
    text = f"![here]({account.url}/{len(account.draw())}.png)"
    words = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    body = {"created": 1, "data": [], "text": text} if heard.of_pictures else {**response_of([]), "output": [words]}
    connection.sendall(reply(orjson.dumps(body), "Connection: close"))


def _on_websockets(connection: socket.socket, heard: Heard, account: Account) -> None:
    """Refuse what is posted; draw for every message over a WebSocket."""
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", heard.head)
    if key is None:
        connection.sendall(reply(_NO, "Connection: close", status="400 Bad Request"))
        return
    accept = base64.b64encode(hashlib.sha1(key[1] + _ACCEPT, usedforsecurity=False).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    while _message(connection):
        _send(connection, orjson.dumps({"type": "response.completed", "response": response_of(account.draw())}))


def _message(connection: socket.socket) -> bytes:
    """Return the next text message of a client; empty when it closes."""
    head = _exactly(connection, 2)
    if not head or head[0] & 0x0F != 1:
        return b""
    size = head[1] & ~_MASKED
    if size == _LONG:
        (size,) = struct.unpack(">H", _exactly(connection, 2))
    elif size == _LONGER:
        (size,) = struct.unpack(">Q", _exactly(connection, 8))
    return _exactly(connection, size + 4)  # its mask and its text


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            return b""
        data += piece
    return data


def _send(connection: socket.socket, text: bytes) -> None:
    connection.sendall(b"\x81" + bytes([_LONG]) + struct.pack(">H", len(text)) + text)


DRAWERS: Final[dict[str, Drawer]] = {
    "a 503 after drawing": _with_status("503 Down", shown=False),
    "a 500 with a picture": _with_status("500 Oops"),
    "a 429 with a picture": _with_status("429 Too Many", ("Retry-After: 0",)),
    "a 400 with a picture": _with_status("400 Bad Request"),
    "a 302 with pictures": _with_status("302 Found", ("Location: /elsewhere",), pictures=2),
    "a 201": _with_status("201 Created"),
    "an empty 200": _with_status("200 OK", shown=False),
    "four where one was asked for": _with_status("200 OK", pictures=4),
    "cut": _cut,
    "reset": _reset,
    "timed out": _timed_out,
    "slashes escaped": _escaped,
    "a data URI": _data_uri,
    "chunked text": _chunked_text,
    "in an error event": _in_an_error_event,
    "links": _links,
    "a link in a text": _in_text,
    "over a WebSocket": _on_websockets,
}
"""Every drawer by what its answers look like."""
