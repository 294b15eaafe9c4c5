"""Consent to send a variable to an address: the user decides, not a file that a stranger wrote.

gateprobe asks no question about

- what the command line names: a gateway that comes with gateprobe, an address, a variable;
- a gateway file below the working directory and outside any run, whose variable is that of a known vendor, or has a
  word of models or of the gateway's name or host;
- pairs of variable and address that the user agreed to before; a file in the user's state folder stores them.
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
from gateprobe.gateway import Gateway, find, known, shipped_name
from gateprobe.text import printable

_AGREED: Final = "agreed.json"
_VENDOR: Final = re.compile(r"[A-Z0-9_]+_API_(?:KEY|TOKEN)")
_OURS: Final = re.compile(r"GATEPROBE_(?:[A-Z0-9_]+_)?(?:KEY|TOKEN)")
_MODEL_WORDS: Final = frozenset(
    {"ai", "llm", "gpt", "model", "models", "image", "images", "inference", "gateway", "relay", "router", "proxy"}
    | {"provider", "vendor", "upstream", "example", "demo", "sample", "test"}
)
"""Words in the names of key variables of model vendors, and of gateways that somebody tries."""
_GENERAL_WORDS: Final = frozenset({"api", "key", "com", "www", "net", "org", "dev", "prod", "test", "internal", "db"})
_OTHER_SERVICES: Final = re.compile(
    r"(?:.*_)?(?:AWS|GCP|GOOGLE_CLOUD|DIGITALOCEAN|LINODE|HETZNER|HEROKU|VERCEL|NETLIFY|FASTLY|CLOUDFLARE|CF|AKAMAI"
    r"|GITHUB|GITLAB|GITEA|BITBUCKET|JENKINS|CIRCLECI|BUILDKITE|NPM|PYPI|TWINE|CARGO|RUBYGEMS|DOCKER|PULUMI|TERRAFORM"
    r"|STRIPE|PAYPAL|SQUARE|ADYEN|PLAID|BINANCE|COINBASE|KRAKEN|BYBIT|OKX|ETHERSCAN|INFURA|ALCHEMY|WALLET"
    r"|SENDGRID|MAILGUN|MAILCHIMP|POSTMARK|RESEND|TWILIO|SLACK|DISCORD|TELEGRAM|INTERCOM|ZENDESK"
    r"|DATADOG|DD|SENTRY|NEW_?RELIC|HONEYCOMB|SNYK|SONAR|PAGERDUTY|OPSGENIE|GRAFANA|ELASTIC|ALGOLIA"
    r"|SHOPIFY|JIRA|ATLASSIAN|LINEAR|NOTION|AIRTABLE|HUBSPOT|SALESFORCE|OKTA|AUTH0|CLERK|FIREBASE|SUPABASE"
    r"|VAULT|SSH|DB|DATABASE|POSTGRES|MYSQL|MONGO|REDIS|SNOWFLAKE|ADMIN|ROOT|INTERNAL|PASSWORD)_"
)
"""Variables of well-known services that are not model vendors, and of what is a company's own."""

OPTIONS: Final = ("key_env", "base_url")
"""The options with which a user names a variable and an address."""


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder in which gateprobe stores state for a user."""
    state = environment.get("XDG_STATE_HOME")
    home = environment.get("HOME")
    return (Path(state) if state else (Path(home) if home else Path.home()) / ".local/state") / "gateprobe"


def _refuse(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user named, and how to ask for the rest.

    `named` has those of `OPTIONS` that the user gave; options from a settings file do not count. `yes` agrees to all.
    `chosen` is False where a settings file named the gateways: only those that come with gateprobe are agreed to then.
    """

    named: frozenset[str] = frozenset()
    yes: bool = False
    ask: Callable[[str], bool] = field(default=_refuse, compare=False)
    chosen: bool = True

    def check(self, wanted: str, gateway: Gateway, environment: Mapping[str, str]) -> None:
        """Refuse, unless the gateway's variable may be sent to its address; remember that it may.

        Raises:
            UsageError: a file chose the variable or the address, and nobody agreed.
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
                    f"{sentence}, and nobody agreed: add --yes to agree, or name another variable with --key-env"
                )
        with suppress(OSError):  # consent that cannot be stored is asked for again
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.copy(path.parent, path, orjson.dumps([*agreed, pair], option=orjson.OPT_INDENT_2))

    def _is_named(self, wanted: str, gateway: Gateway) -> bool:
        """Return whether the user, or a file that may choose them, named the variable and the address."""
        name = shipped_name(wanted) or wanted
        if not _is_file(wanted) and name in known() and _pair(gateway) == _pair(find(name)):
            return True
        may_choose = self.chosen and (not _is_file(wanted) or _is_own(Path(wanted)))
        is_address_named = may_choose or "base_url" in self.named
        is_variable_named = "key_env" in self.named or (may_choose and _is_of_vendor(gateway))
        return is_address_named and is_variable_named


NOTHING_NAMED: Final = Consent()
"""The user named nothing but the gateways."""
CALLER: Final = Consent(frozenset(OPTIONS))
"""A caller in Python names the variable and the address itself."""


def _is_file(wanted: str) -> bool:
    if shipped_name(wanted):
        return False
    return "://" not in wanted and (wanted.endswith(".toml") or "/" in wanted or Path(wanted).is_file())


def _is_own(path: Path) -> bool:
    """Return whether a gateway file is below the working directory, is not a link, and is outside any run."""
    here, place = Path.cwd().resolve(), path.absolute().resolve()
    if not place.is_relative_to(here) or path.is_symlink():
        return False
    above = [parent for parent in place.parents if parent.is_relative_to(here)]
    return not any((parent / name).exists() for parent in above for name in ("run.jsonl", "evidence"))


def _is_of_vendor(gateway: Gateway) -> bool:
    """Return whether a gateway's variable is that of a known vendor, or has a word of models or of the gateway."""
    variable = gateway.key.env
    words = set(variable.lower().split("_"))
    if _OURS.fullmatch(variable) or variable in {find(name).key.env for name in known()}:
        return True
    if _VENDOR.fullmatch(variable) is None or _OTHER_SERVICES.match(variable) is not None:
        return False
    own = set(re.findall(r"[a-z0-9]{2,}", f"{gateway.name} {urlsplit(gateway.base_url).hostname}".lower()))
    return bool(words & (own - _GENERAL_WORDS | _MODEL_WORDS))


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
