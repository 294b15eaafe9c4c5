"""The redactor hides a secret in every spelling, whole or in pieces."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zlib
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateprobe.redact import Redactor, outgoing
from gateprobe.redact.escapes import DecodedText
from gateprobe.redact.packed import Allowance
from gateprobe.redact.spliced import join_strings, joined_strings
from tests.support.encodings import ARCHIVES, BASE85, ENCODINGS
from tests.support.spellings import OBSCURED, PACKED, SPELLINGS

# A header value holds no control character, so neither does a key.
CHARACTERS = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"], exclude_characters="*")
LONG = "sk-proj-Z9x8Kq3vT7LmWn2bR5yHd4Jc6Gf1Ps0aQeUiOoXzVt"
LONG_REDACTOR = Redactor([LONG])
SECRETS = st.text(CHARACTERS, min_size=8, max_size=24).filter(lambda text: len(text.replace(" ", "")) > 7)


def spellings(secret: str) -> list[bytes]:
    """Return a secret in each spelling."""
    return [spell(secret) for spell in SPELLINGS.values()]


@settings(max_examples=25)
@given(secret=SECRETS, before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_no_spelling_survives(secret: str, before: bytes, after: bytes) -> None:
    """Each spelling is masked, and the length stays."""
    redactor = Redactor([secret])
    for spelling in spellings(secret):
        hidden = redactor.bytes(before + b"; " + spelling + b"; " + after)
        assert len(hidden) == len(before + b"; " + spelling + b"; " + after)
        assert spelling not in hidden


@given(secret=SECRETS, before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_base64_of_a_header_is_masked(secret: str, before: bytes, after: bytes) -> None:
    """A secret inside longer base64 cannot be decoded any more, at any alignment."""
    raw = secret.encode("utf-8", "surrogatepass")
    redactor = Redactor([secret])
    for encode, decode in ((base64.b64encode, base64.b64decode), (base64.urlsafe_b64encode, base64.urlsafe_b64decode)):
        encoded = encode(before + raw + after)
        hidden = redactor.bytes(encoded)
        assert len(hidden) == len(encoded)
        assert len(raw) < 8 or raw not in decode(hidden.replace(b"*", b"A"))


def test_what_is_too_large_to_search_is_masked_unread() -> None:
    """Strings that expand too much, and those beyond the allowance of a body, are masked; plain text stays."""
    bomb = base64.b64encode(zlib.compress(bytes(2 * 1024 * 1024))).decode()
    large = [base64.b64encode(zlib.compress(b"plain " * 2000, 0)).decode() for _ in range(7)]
    hidden = base64.b64encode(zlib.compress(b"sk-secret-of-mine")).decode()
    body = json.dumps({"id": "a", "data": [bomb, *large, hidden]}).encode()
    masked = json.loads(Redactor(["sk-secret-of-mine"]).body(body, allowance=Allowance(size=4_000_000)))
    assert masked["id"] == "a"
    assert masked["data"][1:3] == large[:2]
    assert [set(masked["data"][at].rstrip("=")) for at in (0, -1)] == [{"*"}] * 2
    few = json.loads(Redactor(["sk-secret-of-mine"]).body(body, allowance=Allowance(size=10_000)))
    assert [set(text.rstrip("=")) for text in few["data"]] == [{"*"}] * 9


def test_many_packed_strings_take_little_time() -> None:
    """A limited number of strings is unpacked; the others are masked."""
    texts = [base64.b64encode(zlib.compress(b"number %d" % number)).decode() for number in range(2000)]
    masked = json.loads(Redactor(["sk-secret-of-mine"]).body(json.dumps([*texts, *texts]).encode()))
    assert masked[:2] == texts[:2] == masked[2000:2002]
    assert set(masked[1999].rstrip("=")) == {"*"}


@settings(max_examples=40)
@example(names=["UTF-16", "uuencode", "UTF-16"], before="", cut=0)  # base64 of UTF-16 that shifted looks like a text
@given(
    names=st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=1, max_size=4),
    before=st.sampled_from(["", "no ", "\u5bc6\u94a5 "]),
    cut=st.integers(0, 20),
)
def test_no_encoding_hides_a_secret(names: list[str], before: str, cut: int) -> None:
    """A key, also without its end, is masked in encodings and archives within each other."""
    content = f"{before}{LONG[: len(LONG) - cut]}".encode()
    for name in names:
        content = ENCODINGS[name](content)
    body = json.dumps({"error": {"message": f"refused: {content.decode()}", "type": "x"}}).encode()
    hidden = LONG_REDACTOR.body(body)
    assert len(hidden) == len(body)
    assert hidden != body
    assert json.loads(hidden)["error"]["type"] == "x"


def test_a_signature_in_a_picture_is_no_archive() -> None:
    """Four bytes of a picture that look like a zip file hide nothing of it: no reader opens that version."""
    header = b"PK\3\4\x9c\xc1\0\0\x63\x99" + bytes(20)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 40 + header + bytes(range(256)) * 20
    assert Redactor(["sk-secret-of-mine"]).body(picture) == picture


@pytest.mark.parametrize("line", [b"begin 644 a\n", b"\n00000010", b"PK\3\4\xff", b"\x1f\x8b\x08\0", b"QUJDREVGR0hJ\n"])
def test_many_beginnings_take_linear_time(line: bytes) -> None:
    """Beginnings of encodings and archives without an end are searched in linear time."""
    body = b'{"a": "' + line * 20_000
    assert len(LONG_REDACTOR.body(body)) == len(body)


@pytest.mark.parametrize("size", [3, 9, 40])
def test_an_encoded_secret_in_pieces_is_masked(size: int) -> None:
    """A key in base64 of base64 of base64 that is split over the events of a stream, or over items, is masked."""
    text = f"no {LONG}".encode()
    for _ in range(3):
        text = base64.b64encode(text)
    pieces = [text[at : at + size].decode() for at in range(0, len(text), size)]
    stream = b"".join(b'data: {"item_id": "m", "delta": "%s"}\n\n' % piece.encode() for piece in pieces)
    items = json.dumps({"output": [{"type": "text", "text": piece} for piece in pieces]}).encode()
    for body in (stream, items):
        hidden = LONG_REDACTOR.body(body)
        assert len(hidden) == len(body)
        assert not any(f'"{piece}"'.encode() in hidden for piece in pieces[1:-1])


@pytest.mark.parametrize("name", sorted(BASE85))
def test_base85_is_masked_at_each_alignment(name: str) -> None:
    """A key within base85 is masked after any number of bytes; its first and last characters share groups."""
    for before in range(4):
        text = json.dumps({"message": BASE85[name](b"x" * before + LONG.encode() + b"yz").decode()})
        assert LONG_REDACTOR.text(text).count("*") > 45


@pytest.mark.parametrize("archive", sorted(ARCHIVES))
def test_archives_hide_nothing(archive: str) -> None:
    """A key in an archive is masked where the archive is the body, and within binary data."""
    redactor, packed = Redactor(["sk-secret-of-mine"]), ARCHIVES[archive](b"no sk-secret-of-mine" * 9)
    before = b"--a\r\nContent-Type: application/zip\r\n\r\n"
    for body in (packed, before + packed + b"\r\n--a--"):
        hidden = redactor.body(body)
        assert len(hidden) == len(body)
        assert packed[42:54] not in hidden
    innocent = ARCHIVES[archive](b"no key of mine" * 9)
    assert (
        redactor.body(b"--a\r\nContent-Type: application/zip\r\n\r\n" + innocent)
        == b"--a\r\nContent-Type: application/zip\r\n\r\n" + innocent
    )


@given(kept=st.integers(0, 50), start=st.integers(0, 50))
def test_half_a_secret_is_a_secret(kept: int, start: int) -> None:
    """Of a long key, a part with at least half of its letters is masked; a shorter one may be any text."""
    part = LONG[start : start + kept]
    letters = sum(character.isalnum() for character in part)
    assert (LONG_REDACTOR.text(f"({part}...)") != f"({part}...)") == (letters >= 24)


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_what_is_encoded_without_a_secret_stays(name: str) -> None:
    """Encoded text and pictures without a secret are unchanged."""
    redactor = LONG_REDACTOR
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    for content in (b"a prompt with a great many words about an orange cat " * 4, picture):
        body = json.dumps({"data": [{"b64_json": ENCODINGS[name](content).decode()}]}).encode()
        assert redactor.body(body) == body


@settings(max_examples=50)
@given(data=st.binary(min_size=200, max_size=400))
def test_unreadable_bytes_are_masked(data: bytes) -> None:
    """Brotli and zstd cannot be unpacked: only the bytes that identify the format are kept."""
    sealed = b"\x28\xb5\x2f\xfd" + Random(data).randbytes(len(data))  # noqa: S311 - as random as compressed data
    assert Redactor(["sk-secret-of-mine"]).body(sealed) == sealed[:12] + b"*" * (len(sealed) - 12)
    quoted = json.dumps({"a": base64.b64encode(sealed).decode(), "b": "plain"}).encode()
    masked = json.loads(Redactor(["sk-secret-of-mine"]).body(quoted))
    assert masked["b"] == "plain"
    assert set(masked["a"][12:].rstrip("=")) == {"*"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "gb18030", "shift_jis", "cp1251", "latin-1"])
def test_text_in_any_encoding_is_readable(encoding: str) -> None:
    """Text of another encoding is not taken for compressed data, and neither are pictures."""
    words = {"latin-1": "d\xe9j\xe0 vu ", "cp1251": "\u043f\u0440\u0438\u0432\u0435\u0442 "}
    text = words.get(encoding, "\u753b\u50cf\u751f\u6210 ok ")
    body = ("{" + text * 20 + "}").encode(encoding)
    assert Redactor(["sk-secret-of-mine"]).body(body) == body


@settings(max_examples=40)
@given(secret=SECRETS, data=st.data())
def test_any_cut_is_seen_through(secret: str, data: st.DataObject) -> None:
    """A secret cut between pieces anywhere is masked all the same."""
    redactor = Redactor([secret])
    spelling = data.draw(st.sampled_from(spellings(secret)))
    whole = data.draw(st.binary(max_size=80)) + b"; " + spelling + b"; " + data.draw(st.binary(max_size=300))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    stream = redactor.stream()
    out = b""
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        out += stream.feed(whole[start:end])
    out += stream.close()
    assert len(out) == len(whole)
    assert spelling not in out


@given(st.binary(max_size=200))
def test_without_secrets_nothing_changes(data: bytes) -> None:
    """No secret, no change."""
    redactor = Redactor(["", ""])
    assert redactor.bytes(data) == data
    assert redactor.stream().feed(data) == data


RELATED = ["sk-abcdef", "sk-abcdef-and-more", "and more 12", 'more 12/"quoted"', '12/"quoted']


@pytest.mark.parametrize(("one", "other"), [*combinations(RELATED, 2)])
def test_related_secrets_leave_nothing_of_each_other(one: str, other: str) -> None:
    """Of secrets that contain or overlap each other, one with a blank, no spelling leaves a part."""
    redactor = Redactor([one, other])
    for name, secret in product(SPELLINGS, (one, other)):
        hidden = redactor.bytes(b"<" + SPELLINGS[name](secret) + b">")
        least = 9 if name.startswith("base64 of") else 5  # of base64, characters are left that other bytes share
        rest = re.findall(rb"[0-9A-Za-z]{%d,}" % least, hidden)
        assert not rest, (name, secret, hidden)


def test_a_secret_that_begins_as_another_is_masked_whole_in_a_stream() -> None:
    """A secret that ends where another goes on is not masked alone, in pieces of any size."""
    whole = b"." * 9000 + b"sk-abcdef-and-more" + b"." * 9000
    stream = Redactor(["sk-abcdef", "sk-abcdef-and-more"]).stream()
    hidden = b"".join(stream.feed(whole[at : at + 7]) for at in range(0, len(whole), 7)) + stream.close()
    assert hidden == b"." * 9000 + b"*" * 18 + b"." * 9000


def test_overlapping_secrets_are_masked_from_the_first_to_the_last() -> None:
    """Where one secret ends inside another, both are masked, in pieces of any size."""
    redactor = Redactor(["first-secret", "secret-second"])
    assert redactor.text("a first-secret-second b") == f"a {'*' * 19} b"
    assert redactor.text("a first%2Dsecret-second b") == f"a {'*' * 21} b"


@pytest.mark.parametrize("name", PACKED)
def test_packed_bodies_are_masked(name: str) -> None:
    """A body that shows a secret once it is unpacked, undeclared or twice, is masked."""
    body = PACKED[name]("sk-secret-of-mine")
    hidden = Redactor(["sk-secret-of-mine"]).body(body)
    assert len(hidden) == len(body)
    assert b"*" * 20 in hidden
    assert Redactor(["sk-another-secret"]).body(body) == body


@settings(max_examples=40)
@given(secret=SECRETS, data=st.data())
def test_a_secret_in_several_strings_is_masked(secret: str, data: st.DataObject) -> None:
    """A secret that a reader joins out of the strings of one name, also of interleaved items, is masked."""
    cut = data.draw(st.integers(1, len(secret) - 1))
    more = data.draw(st.integers(cut, len(secret)))
    parts = [part for part in ("x " + secret[:cut], secret[cut:more], secret[more:] + " y") if part]
    texts = [{"type": "output_text", "text": part, "annotations": []} for part in parts]
    events = [
        {"type": "response.output_text.delta", "item_id": item, "output_index": at, "delta": delta}
        for part in parts
        for at, item, delta in ((0, "msg_1", part), (1, "msg_2", "another text"))
    ]
    bodies = [
        json.dumps({"output": texts}).encode(),
        json.dumps({"output": texts}, indent=2).encode(),
        b"".join(b"event: e\ndata: %s\n\n" % json.dumps(event).encode() for event in events),
        b"".join(json.dumps(event).encode() for event in events),
    ]
    for body in bodies:
        hidden = Redactor([secret]).body(body)
        assert len(hidden) == len(body)
        assert hidden.count(b"*") >= len(secret)


def test_json_is_masked_in_keys_and_values() -> None:
    """A secret is masked at any place of a JSON value."""
    redactor = Redactor(["sk-secret"])
    assert redactor.json({"sk-secret": ["a sk-secret b", 3, None, {"x": "sk-secret"}]}) == {
        "*********": ["a ********* b", 3, None, {"x": "*********"}]
    }


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    """A secret that contains another leaves no tail behind."""
    assert Redactor(["sk-abc", "sk-abc-and-more"]).text("x sk-abc-and-more y") == "x *************** y"


@pytest.mark.parametrize("text", ["sk%2Dsecret", "sk&#45;secret", "sk&#x2d;secret", r"s\u006b-secret"])
def test_mixtures_are_masked(text: str) -> None:
    """A spelling that only some characters are escaped in is masked."""
    assert set(Redactor(["sk-secret"]).text(text)) == {"*"}


def test_the_repr_tells_nothing() -> None:
    """The repr of a redactor names no secret."""
    assert repr(Redactor(["sk-secret"])) == "Redactor(1 secrets)"


@given(SECRETS, st.lists(st.tuples(st.text(CHARACTERS), st.text(CHARACTERS)), max_size=5), st.integers(0, 5))
def test_pairs_are_hidden_one_by_one(secret: str, pairs: list[tuple[str, str]], at: int) -> None:
    """Redacting pairs together masks the same secrets as redacting each, and joins nothing."""
    redactor = Redactor([secret])
    given_pairs = (*pairs[:at], ("x-echo", f"Bearer {secret}"), *pairs[at:], *pairs)
    expected = tuple((redactor.text(name), redactor.text(value)) for name, value in given_pairs)
    assert redactor.pairs(given_pairs) == expected
    assert redactor.pairs(tuple(pairs)) == tuple((redactor.text(a), redactor.text(b)) for a, b in pairs)


def test_of_many_keys_the_gateways_own_is_hidden() -> None:
    """A few keys are hidden in all answers; of hundreds, only the gateway's own is hidden in its answers."""
    few = Redactor(f"sk-key-number-{number:03}" for number in range(3))
    assert few.for_gateway("sk-key-number-001") is few
    many = Redactor(f"sk-key-number-{number:03}" for number in range(300))
    assert many.for_gateway("sk-key-number-007").text("sk-key-number-007") == "*" * 17
    assert many.text("sk-key-number-299") == "*" * 17


def test_a_secret_of_everywhere_is_hidden_for_each_gateway() -> None:
    """For one of many gateways, its own key and the secrets of `everywhere` are hidden."""
    redactor = Redactor([f"sk-of-gateway-{number}" for number in range(40)], ["me:proxy-password"])
    narrowed = redactor.for_gateway("sk-of-gateway-7")
    assert (
        narrowed.text("sk-of-gateway-7 me:proxy-password sk-of-gateway-8") == f"{'*' * 15} {'*' * 17} sk-of-gateway-8"
    )


@pytest.mark.parametrize("form", ["\\u{:04x}", "\\\\u{:04x}", "&#{};", "%{:02x}", "\\x{:02x}"])
def test_many_escapes_that_end_otherwise_take_no_time(form: str) -> None:
    """A text that spells all of a key but its last character is searched in linear time, however it is escaped."""
    secret = "sk-proj-" + "aB3" * 16
    text = "".join(form.format(ord(character)) for character in secret[:-1]) * 20
    redactor = Redactor([secret])
    assert redactor.bytes(text.encode()) == text.encode()
    letters = (character.isalnum() for character in secret[:-1])
    forms = [form.format(ord(character)) for character in secret[:-1]]
    masked = ["*" * len(form) if letter else form for form, letter in zip(forms, letters, strict=True)]
    assert redactor.text(text) == "".join(masked) * 20


@settings(max_examples=25)
@given(
    secret=st.text(CHARACTERS, min_size=20, max_size=24).filter(lambda text: " " not in text), seed=st.integers(0, 999)
)
def test_no_spelling_survives_in_a_picture(secret: str, seed: int) -> None:
    """Each spelling is masked in binary data as well, where only what may be text is searched for escapes."""
    noise = Random(seed).randbytes(2400)  # noqa: S311 - noise, no secret
    redactor = Redactor([secret])
    for spelling in spellings(secret):
        hidden = redactor.bytes(b"\x89PNG\0" + noise + b"tEXtComment\0" + spelling + b"\0" + noise)
        assert spelling not in hidden


@settings(max_examples=40)
@given(secret=SECRETS, end=st.sampled_from([b"", b"\n", b"; ", b'"']), cut=st.integers(0, 99), data=st.data())
def test_long_base64_hides_nothing_beside_it(secret: str, end: bytes, cut: int, data: st.DataObject) -> None:
    """The same is masked between two pictures in base64, whose middles are left out, as between two short strings."""
    redactor = Redactor([secret])
    spelling = data.draw(st.sampled_from(spellings(secret)))
    text = end + spelling[:cut] + b"\n" * (cut % 2) + spelling[cut:] + end
    short, long = (redactor.body(b'{"b64_json": "' + b"A" * run + text + b"Q" * run + b'"}') for run in (1500, 6000))
    assert long[6000:-6000] == short[1500:-1500]


@given(
    st.lists(st.binary(max_size=12).map(lambda part: part.hex().encode()), max_size=9), st.sampled_from([b"a", b"b"])
)
def test_joined_strings_are_what_is_searched(values: list[bytes], name: bytes) -> None:
    """The text of the quick first search contains each group of joined strings."""
    data = b"\n".join(b'{"%s": "%s", "index": %d}' % (name, value, len(value) % 3) for value in values)
    quick = joined_strings(data).split(b"\0")
    assert sorted(group.data for group in join_strings(data, 100)) == sorted(text for text in quick if text)


VISIBLE = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*")
PRINTABLE = st.text(VISIBLE, min_size=12, max_size=40)


def _fewest_letters(text: str) -> int:
    """Return how many letters and digits a text has, itself and with what it contains of escapes decoded."""
    return min(len(re.findall(rb"[A-Za-z0-9]", level)) for level in DecodedText(text.encode()).levels)


@settings(max_examples=30)
@given(
    secret=PRINTABLE.filter(lambda text: _fewest_letters(text) >= 10),
    name=st.sampled_from(sorted(OBSCURED)),
    before=st.text(max_size=30),
)
def test_obscured_spellings_are_masked(secret: str, name: str, before: str) -> None:
    """The letters of an obscured secret are masked in a body and in a text; the length stays."""
    redactor, spelling = Redactor([secret]), OBSCURED[name](secret)
    opening = json.dumps({"message": before}).encode()
    hidden = redactor.body(opening + b" / " + spelling + b" / {}")
    assert len(hidden) == len(opening + b" / " + spelling + b" / {}")
    assert spelling not in hidden
    assert spelling.decode() not in redactor.text(spelling.decode())


@given(
    secret=st.text("0123456789", min_size=16, max_size=40),  # names have letters only
    cut=st.integers(1, 15),
    names=st.permutations(["code", "message", "type"]),
)
def test_values_of_different_names_are_joined(secret: str, cut: int, names: list[str]) -> None:
    """A secret that is split over values of different names is masked in both, and the names stay."""
    body = json.dumps({names[0]: secret[:cut], names[1]: secret[cut:], names[2]: None}).encode()
    hidden = json.loads(Redactor([secret]).body(body))
    assert hidden == {names[0]: "*" * cut, names[1]: "*" * (len(secret) - cut), names[2]: None}


WORDS = st.lists(st.sampled_from(["Bearer", "invalid", "gateprobe", "key"]), max_size=9)


@given(text=st.text(max_size=200), words=WORDS)
def test_other_texts_stay(text: str, words: list[str]) -> None:
    """A text without the secret is unchanged, whatever escapes it has."""
    body = json.dumps({"a": text, "b": " ".join(words)}).encode() + b"\\u0026#115;<br>%25"
    assert Redactor(["sk-0123456789abcdef"]).body(body) == body


@pytest.fixture
def outgoing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the secrets of this process while a test runs."""
    monkeypatch.setattr(outgoing, "_redactor", Redactor(()))


@pytest.mark.usefixtures("outgoing_alone")
@pytest.mark.parametrize("value", ["/etc/ssl/private-0123", "./keys/private-0123", "~/keys/private-0123", "short-0123"])
def test_paths_and_short_values_are_no_secrets(value: str) -> None:
    """A variable with the name of a key hides its value, unless that is the path of a file or a short word."""
    outgoing.add_environment({"SIGNING_KEY": value, "OTHER_KEY": "sk-0123456789abcdef", "KEYS": "keys-0123456789"})
    text = f"{value} sk-0123456789abcdef keys-0123456789"
    assert outgoing.clean(text) == f"{value} {'*' * 19} keys-0123456789"


@pytest.mark.usefixtures("outgoing_alone")
def test_a_clean_stream_has_what_its_stream_has() -> None:
    """Printed text contains no secret; other attributes are those of the wrapped stream."""
    stream = io.TextIOWrapper(io.BytesIO(), "latin-1")
    outgoing.add_secrets(["sk-0123456789abcdef"])
    clean = outgoing.clean_output(stream)
    assert clean.encoding == "latin-1"
    clean.write("key sk-0123456789abcdef")
    clean.flush()
    assert stream.buffer.getvalue() == b"key *******************"


@pytest.mark.parametrize("before", [0, 100_000, 300_000])
def test_packed_secrets_are_found_at_any_depth(before: int) -> None:
    """A secret deep inside packed bytes, or in the second of three packed strings, is masked."""
    key = "sk-0123456789abcdef"
    filling = "".join(f"{number:x} " for number in range(before // 5))
    packed = gzip.compress(f"{filling}{key}".encode())
    assert set(Redactor([key]).body(packed)) == {ord("*")}
    texts = [base64.b64encode(gzip.compress(text)) for text in (b"one of many", key.encode(), b"another of many")]
    hidden = Redactor([key]).body(b'{"xH4sI":1,"a":"%s","b":"%s","c":"%s"}' % tuple(texts))
    assert texts[1] not in hidden
    assert texts[0] in hidden
    assert texts[2] in hidden


@settings(max_examples=40)
@given(secret=SECRETS, before=st.integers(0, 20), after=st.integers(0, 20), gap=st.sampled_from([b",", b" \n" * 12]))
def test_a_list_of_numbers_is_masked_within_a_longer_one(secret: str, before: int, after: int, gap: bytes) -> None:
    """The numbers of a secret are masked wherever they stand in a list, with any separators."""
    numbers = [b"%d" % byte for byte in secret.encode("utf-8", "surrogatepass")]
    hidden = Redactor([secret]).bytes(gap.join([*[b"77"] * before, *numbers, *[b"88"] * after]))
    assert gap.join(numbers) not in hidden


def test_large_signed_pictures_are_left_alone() -> None:
    """A signed picture begins with texts, yet is none: several in one body are not beyond its bounds."""
    head = b"\x89PNG\r\n\x1a\n" + bytes(29) + b"urn:c2pa:a08c96cf-0935-4cab-ab16-af80b0f5e1c2"
    pictures = [base64.b64encode(head + Random(seed).randbytes(4_500_000)).decode() for seed in (1, 2)]  # noqa: S311 - no secret
    body = json.dumps({"data": [{"b64_json": picture} for picture in pictures]}).encode()
    assert LONG_REDACTOR.body(body) == body
