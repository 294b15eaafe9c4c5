"""`gateprobe claims`: the table, the page, the JSON and the difference, without a request."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateprobe.cli.commands.claims import claims
from gateprobe.errors import NoSuchGatewayError, UsageError
from gateprobe.gateway import dumps, known
from gateprobe.gateway.catalogue import catalogue
from tests.support.vendors import ACME, BETA

TODAY = "--today=2026-11-21"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Write two vendors as gateway files."""
    for one in (ACME, BETA):
        (tmp_path / f"{one.name}.toml").write_text(dumps(one), "utf-8")
    return str(tmp_path / "acme.toml"), str(tmp_path / "beta.toml")


def _run(*arguments: str, columns: str = "100") -> Result:
    return CliRunner(env={"COLUMNS": columns}).invoke(claims, arguments, catch_exceptions=False)


def test_the_whole_output(files: tuple[str, str]) -> None:
    """Two gateways in a wide terminal: differing rows first, then what disagrees, what ends and what is unsaid."""
    total = len(catalogue().ids)
    expected = f"""\
What 2 gateways promise, by their documents. Nothing was sent and nothing measured.
+ offered   − declined   · unsaid   ! its documents disagree   ~ older than 180 days on 2026-11-21

One offers what another declines: 1
                                                   acme                      beta
images.generate.n                                  +! 1 to 4                 −

All who speak offer it, with different values: 1
                                                   acme                      beta
images.generate.quality                            +~ low, high              + low

All who speak of it agree: 1 capability (--all lists it)

No document speaks of it: {total - 3} capabilities (--all lists them)

Documents about one gateway that disagree
  acme  images.generate.n: + 2026-10, − 2026-01-31

Models
  beta: gpt-image-1 was shut down on 2026-10-23; gpt-image-2.6-sunburst takes its place.

Left unsaid
  acme             {total - 3} of {total} capabilities, 1 of 2 documents stale
  beta             {total - 3} of {total} capabilities, 1 of 2 documents stale
"""
    assert _run(TODAY, *files, columns="110").output == expected


def test_a_narrow_terminal_leads_from_names_to_columns(files: tuple[str, str]) -> None:
    """Where values do not fit, cells show signs alone, and above each group each name leads to its column."""
    lines = _run(TODAY, *files, columns="80").output.splitlines()
    assert lines[4:7] == [
        f"acme {'─' * 46}╮",
        f"beta {'─' * 46}┼───╮",
        f"{'images.generate.n':<51}+!  −",
    ]
    assert lines.count(lines[4]) == sum(line.startswith("acme ─") for line in lines) > 1


def test_all_documented_gateways_are_shown_when_none_is_named() -> None:
    """Without a name, every listed gateway is there."""
    data = json.loads(_run(TODAY, "--json").output)
    assert data["gateways"] == list(known())
    claim = data["capabilities"]["images.generate.n"]["claims"]["vibeapi"]
    assert (claim["stance"], claim["stale"]) == ("declined", True)
    assert claim["sources"][0]["date"] == "2026-05-08"


def test_all_lists_what_agrees(files: tuple[str, str]) -> None:
    """With --all, the rows without a difference are lines of their own."""
    output = _run(TODAY, "--all", *files).output
    assert "\nimages.edit  " in output
    assert "\nclients.vercel_ai  " in output


def test_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No socket is opened, neither for the table nor for the page."""

    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = tmp_path / "claims.html"
    result = _run(TODAY, "--html", str(page))
    assert result.exit_code == 0
    assert f"Page: {page}" in result.output
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_the_difference_of_two_dates(files: tuple[str, str]) -> None:
    """A gateway at a date is set against itself today, each side with its sentence."""
    expected = """\
One offers what the other declines: 1

  images.generate.n
    − {0}@2026-02
      "acme: old" (旧页, 2026-01-31)
    + {0}: 1 to 4
      "acme: new" (The new page, 2026-10)

Only {0} speaks of it: 1

  images.edit
    + {0}
      "acme: new" (The new page, 2026-10)

"""
    assert _run("diff", f"{files[0]}@2026-02", files[0]).output == expected.format(files[0])


def test_no_difference_is_said() -> None:
    """Two sides that promise the same give one sentence."""
    assert _run("diff", "openai", "openai").output == "openai and openai promise the same.\n"


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        (("opanai",), NoSuchGatewayError, "did you mean openai"),
        (("openai@may",), UsageError, '"may" in "openai@may" is not a date'),
        (("--today", "tomorrow"), UsageError, '--today is "tomorrow"; expected a date such as 2026-11-21'),
        (("--html", "/nowhere/at/all.html"), UsageError, "/nowhere/at/all.html cannot be written"),
    ],
)
def test_wrong_use_is_one_sentence(arguments: tuple[str, ...], kind: type[UsageError], sentence: str) -> None:
    """What cannot be used is said in one sentence, as everywhere."""
    with pytest.raises(kind) as raised:
        _run(*arguments)
    assert sentence in str(raised.value)


def test_help_teaches_both_forms() -> None:
    """The group's help tells of the table and of the difference."""
    output = _run("--help").output
    assert "diff" in output
    assert "Sends nothing" in output
