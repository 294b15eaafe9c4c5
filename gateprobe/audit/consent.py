"""Which variable is sent to which address: the user decides, and no file that a stranger wrote.

Used without a question are: what the command line names (a gateway that comes with gateprobe, an address, a variable);
the variable of a model vendor's key in a gateway file of one's own, below the working directory and outside any run;
and what was agreed to before, which a file in the user's state folder remembers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import orjson

from gateprobe import files
from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway, find, known
from gateprobe.text import printable

_AGREED: Final = "agreed.json"
_VENDOR: Final = re.compile(r"(?:[A-Z0-9_]+_API_(?:KEY|TOKEN)|GATEPROBE_[A-Z0-9_]+)")
_ELSEWHERE: Final = re.compile(
    r"(?:AWS|GCP|GOOGLE_CLOUD|GITHUB|GITLAB|BITBUCKET|NPM|PYPI|TWINE|DOCKER|STRIPE|PAYPAL|SENDGRID|MAILGUN|TWILIO|SLACK"
    r"|DISCORD|TELEGRAM|DATADOG|DD|SENTRY|NEW_?RELIC|CLOUDFLARE|CF|HEROKU|VERCEL|NETLIFY|DIGITALOCEAN|LINODE|VAULT|SSH"
    r"|SNYK|SONAR|PAGERDUTY|OPSGENIE|GRAFANA|ELASTIC|ALGOLIA|SHOPIFY|JIRA|ATLASSIAN|NOTION|AIRTABLE|HUBSPOT|OKTA|AUTH0)_"
)
"""Variables of well-known services that are no model vendors."""


OPTIONS: Final = ("key_env", "base_url")
"""The options with which a user names a variable and an address."""


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of what gateprobe remembers for a user."""
    state = environment.get("XDG_STATE_HOME")
    home = environment.get("HOME")
    return (Path(state) if state else (Path(home) if home else Path.home()) / ".local/state") / "gateprobe"


def _refuse(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user named, and how to ask for the rest.

    `named` has the options that the user gave, and no settings file: `key_env`, `base_url`. `yes` agrees to all.
    """

    named: frozenset[str] = frozenset()
    yes: bool = False
    ask: Callable[[str], bool] = field(default=_refuse, compare=False)

    def check(self, wanted: str, gateway: Gateway, environment: Mapping[str, str]) -> None:
        """Refuse, unless the gateway's variable may be sent to its address; remember that it may.

        Raises:
            UsageError: a file chose them, and nobody agreed.
        """
        pair = _pair(gateway)
        path = state_folder(environment) / _AGREED
        agreed = _read(path)
        if pair in agreed:
            return
        if not (self.yes or self._is_named(wanted, gateway)):
            source = f"the file {printable(wanted, 300)}" if _is_file(wanted) else "the settings file"
            sentence = f"{source} sends {gateway.key.env} of this environment to {pair[1]}"
            if not self.ask(sentence[0].upper() + sentence[1:]):
                raise UsageError(
                    f"{sentence}, which nobody agreed to: add --yes to agree, or name another variable with --key-env"
                )
        with suppress(OSError):  # what cannot be remembered is asked again
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.copy(path.parent, path, orjson.dumps([*agreed, pair], option=orjson.OPT_INDENT_2))

    def _is_named(self, wanted: str, gateway: Gateway) -> bool:
        """Return whether the user named the variable and the address, or files that may choose them do."""
        if not _is_file(wanted) and wanted in known() and _pair(gateway) == _pair(find(wanted)):
            return True
        own = not _is_file(wanted) or _is_own(Path(wanted))
        address = own or "base_url" in self.named
        variable = "key_env" in self.named or (own and _is_of_vendor(gateway.key.env))
        return address and variable


NOTHING_NAMED: Final = Consent()
"""The user named nothing but the gateways."""
CALLER: Final = Consent(frozenset(OPTIONS))
"""Whoever calls a function names what it overrides."""


def _is_file(wanted: str) -> bool:
    return "://" not in wanted and (wanted.endswith(".toml") or "/" in wanted or Path(wanted).is_file())


def _is_own(path: Path) -> bool:
    """Return whether a gateway file lies below the working directory, reached by no link, and in no run."""
    here, place = Path.cwd().resolve(), path.absolute().resolve()
    if not place.is_relative_to(here) or path.is_symlink():
        return False
    above = [parent for parent in place.parents if parent.is_relative_to(here)]
    return not any((parent / name).exists() for parent in above for name in ("run.jsonl", "evidence"))


def _is_of_vendor(variable: str) -> bool:
    """Return whether a variable is named as the key of a model vendor is."""
    if _VENDOR.fullmatch(variable) is not None:
        return _ELSEWHERE.match(variable) is None
    return variable in {find(name).key.env for name in known()}


def _pair(gateway: Gateway) -> list[str]:
    """Return the variable and the origin that it is sent to."""
    parts = urlsplit(gateway.base_url)
    return [gateway.key.env, f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()]


def _read(path: Path) -> list[list[str]]:
    """Return the pairs of variable and address that were agreed to; none where they cannot be read."""
    try:
        pairs = orjson.loads(files.read(path.parent, path))
    except (OSError, ValueError, UsageError):
        return []
    return [pair for pair in pairs if isinstance(pair, list)] if isinstance(pairs, list) else []
