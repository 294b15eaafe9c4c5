"""Hostile modes of the wire: heads, chunks and WebSockets that never end, and data that expands when unpacked."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import re
import socket
import time
import zlib
from typing import Final

import orjson

from tests.support.hostile.hostile_modes import for_ever, json_of, whole
from tests.support.hostile.hostile_servers import Heard, Mode, Scene
from tests.support.loopback import until_closed

_MB: Final = 1 << 20
_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED: Final = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_ACCEPT: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def slow_head(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a header now and then, forever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        connection.sendall(b"X-%d: a\r\n" % number)
        time.sleep(0.2)


def endless_hints(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send 103 Early Hints forever."""
    for_ever(connection, b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 64)


def many_headers(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send 100,000 headers."""
    connection.sendall(_HEAD + b"".join(b"x: \r\n" for _ in range(100_000)) + b"Content-Length: 2\r\n\r\n{}")


def endless_trailers(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """End a chunked body with trailers forever."""
    for_ever(connection, _CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-Trailer: a\r\n" * 512)


def chunk_extensions(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send an extension of a chunk forever."""
    for_ever(connection, _CHUNKED + b"2", b";a=b" * 4096)


def tiny_chunks(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a body byte by byte, each in a chunk of its own, forever."""
    for_ever(connection, _CHUNKED + b"1\r\n[\r\n", b"1\r\n \r\n" * 8192)


def huge_length(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Declare a length of 10**18 bytes, and send spaces."""
    for_ever(connection, _HEAD + b"Content-Length: 1000000000000000000\r\n\r\n", b" " * 65_536)


def half_closed(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Close one direction of the connection in the middle of the body."""
    connection.sendall(_HEAD + b"Content-Length: 1000\r\n\r\n{")
    connection.shutdown(socket.SHUT_WR)
    until_closed(connection)


def redirect_loop(connection: socket.socket, heard: Heard, scene: Scene) -> None:
    """Return links that lead to longer and longer links of the same server."""
    if heard.of_pictures:
        connection.sendall(json_of({"created": 1, "data": [{"url": f"{scene.url}/a.png"}]}))
        return
    path = heard.line.split(" ")[1] if heard.line.count(" ") > 1 else "/"
    target = f"{scene.url}{path}/a".encode()
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n")


_ZEROS: Final = gzip.compress(bytes(64 * _MB), 9)
_STRING: Final = base64.b64encode(_ZEROS).decode()


def layers_of_gzip(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Compress a bomb three times, and declare it once."""
    connection.sendall(whole(gzip.compress(gzip.compress(_ZEROS)), "application/json", b"Content-Encoding: gzip"))


def two_encodings(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Compress a bomb twice, and declare both."""
    connection.sendall(whole(gzip.compress(_ZEROS), "application/json", b"Content-Encoding: gzip, gzip"))


def packed_strings(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a hundred base64 strings that each unpack to 64 MB."""
    connection.sendall(json_of({"object": "list", "data": [{"id": _STRING} for _ in range(100)]}))


def small_strings(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send 100,000 strings in base64 that are compressed."""
    text = base64.b64encode(zlib.compress(b"a" * 2000)).decode()
    connection.sendall(json_of({"object": "list", "data": [{"id": text} for _ in range(100_000)]}))


def pictures_in_text(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Refuse with a great many starts of pictures, links and Markdown."""
    text = (
        "data:image/png;base64,iVBORw0KGgo" * 50_000 + "![" * 200_000 + "https://127.0.0.1/" * 50_000 + "/9j/" * 100_000
    )
    connection.sendall(whole(orjson.dumps({"error": {"message": text}}), status=b"400 No"))


def many_keys(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send an object of 400,000 names."""
    body = {f"name_{number}": number for number in range(400_000)}
    connection.sendall(json_of({"object": "list", "data": [], **body, "error": {**body}}))


def slow_comments(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a comment of a stream now and then, forever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while True:
        connection.sendall(b": still drawing\n\n")
        time.sleep(0.3)


def _upgraded(connection: socket.socket, heard: Heard) -> bool:
    """Accept a WebSocket; answer all other requests with a list of models."""
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", heard.head)
    if key is None:
        connection.sendall(whole(b'{"object":"list","data":[]}'))
        return False
    accept = base64.b64encode(hashlib.sha1(key[1] + _ACCEPT, usedforsecurity=False).digest())
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    connection.sendall(upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    return True


def ping_flood(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send pings over a WebSocket forever, and read no pong."""
    if _upgraded(connection, heard):
        for_ever(connection, b"", (b"\x89\x7d" + b"a" * 125) * 512)


def endless_fragments(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send the fragments of one message over a WebSocket forever."""
    if _upgraded(connection, heard):
        for_ever(connection, b"\x01\x01[", b"\x00\x01 " * 4096)


def empty_fragments(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send empty fragments of one message forever."""
    if _upgraded(connection, heard):
        for_ever(connection, b"\x01\x00", b"\x00\x00" * 4096)


WIRE: Final[dict[str, Mode]] = {
    mode.__name__: mode
    for mode in (
        slow_head,
        endless_hints,
        many_headers,
        endless_trailers,
        chunk_extensions,
        tiny_chunks,
        huge_length,
        half_closed,
        redirect_loop,
        layers_of_gzip,
        two_encodings,
        packed_strings,
        small_strings,
        pictures_in_text,
        many_keys,
        slow_comments,
        ping_flood,
        endless_fragments,
        empty_fragments,
    )
}
"""Every mode by its name."""
