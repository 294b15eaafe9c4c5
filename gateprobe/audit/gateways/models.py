"""The models that an unknown gateway lists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from gateprobe.audit.gateways.targets import Target
from gateprobe.capture import AttemptLimits, Audited, capture, proxy_secrets
from gateprobe.evidence import MalformedAnswerError, entries
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.redact import Redactor
from gateprobe.store import folder as store

_MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}")  # safe as the value of an option


def list_models(target: Target, folder: Path, limits: AttemptLimits) -> tuple[str, ...]:
    """Ask a gateway which models it lists, into `folder`; return none where it does not answer with a list."""
    smoke = items_for(target.gateway, probes(), Tier.SMOKE)
    items = [item for item in smoke if item.probe.capability == "models.list"]
    audited = Audited(target.gateway, target.secret, scenario_runs_of(items))
    capture([audited], folder, Redactor([target.secret], proxy_secrets()), limits)
    evidence = store.read(folder, target.gateway.name).values()
    answers = [exchange for scenario in evidence for exchange in scenario.exchanges if exchange.ok]
    try:
        names = [entry.get("id") for answer in answers for entry in entries(answer.json(), "models.list_wrong")]
    except MalformedAnswerError:
        return ()
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and _MODEL_ID.fullmatch(name)))
