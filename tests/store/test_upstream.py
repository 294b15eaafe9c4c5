"""The upstream's log on disk: redacted, bodies once, readable after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import UpstreamRecord
from gateprobe.redact import Redactor
from gateprobe.store.folder import bodies_of
from gateprobe.store.upstream import UpstreamJournal, read_upstream, upstream_path
from tests.evidence.test_tying import behind

SECRET = "sk-very-secret-0123456789"  # noqa: S105 - made up


def record(number: int) -> UpstreamRecord:
    """Return a record without its bodies."""
    values = {name: value for name, value in vars(behind(number, 0, "x")).items() if name != "read"}
    return UpstreamRecord(**values | {"path": f"/v1/{SECRET}", "headers": (("x-key", SECRET),)})


def written(folder: Path) -> Path:
    """Write two exchanges, and return the file."""
    journal = UpstreamJournal(folder, "acme", bodies_of(folder), Redactor([SECRET]))
    journal.write(record(1), f'{{"prompt": "{SECRET}"}}'.encode(), b"answer")
    journal.write(record(2), b"", b"answer")
    return upstream_path(folder, "acme")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """In order, each with its bodies."""
    written(tmp_path)
    exchanges = read_upstream(tmp_path, "acme", bodies_of(tmp_path)) or ()
    assert [(each.number, each.body, bool(each.request_body)) for each in exchanges] == [
        (1, b"answer", True),
        (2, b"answer", False),
    ]


def test_no_file_has_a_secret(tmp_path: Path) -> None:
    """Neither the log nor a body."""
    written(tmp_path)
    contents = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert contents
    assert not [content for content in contents if SECRET.encode() in content]


def test_a_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    """A crash leaves half of it."""
    path = written(tmp_path)
    path.write_bytes(path.read_bytes() + b'{"number": 3')
    assert len(read_upstream(tmp_path, "acme", bodies_of(tmp_path)) or ()) == 2


def test_a_gateway_without_a_log_has_none(tmp_path: Path) -> None:
    """Which is not the same as an upstream that received nothing."""
    assert read_upstream(tmp_path, "acme", bodies_of(tmp_path)) is None
    UpstreamJournal(tmp_path, "acme", bodies_of(tmp_path), Redactor([]))
    assert read_upstream(tmp_path, "acme", bodies_of(tmp_path)) == ()


def test_a_line_that_is_no_exchange_is_an_error(tmp_path: Path) -> None:
    """The sentence names its number."""
    path = written(tmp_path)
    path.write_bytes(path.read_bytes() + b'{"number": "three"}\n')
    with pytest.raises(BrokenRunError, match="line 3: not a request to an upstream"):
        read_upstream(tmp_path, "acme", bodies_of(tmp_path))
