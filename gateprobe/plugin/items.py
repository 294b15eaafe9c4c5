"""Probes as pytest items, through the public collector API: `probe@gateway`, one for each value."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from gateprobe.errors import WrongProbeError
from gateprobe.plan.planning import Item
from gateprobe.plugin.session import session_of
from gateprobe.record.file import Record
from gateprobe.redact.outgoing import clean
from gateprobe.resources import PROBES
from gateprobe.text import printable


class ProbeFile(pytest.File):
    """A probe module: one item for each probe, gateway and value."""

    def collect(self) -> Iterator[ProbeItem]:
        """Return the items of this module."""
        module = ".".join(self.path.relative_to(PROBES).with_suffix("").parts)
        for item in session_of(self.config).items:
            if item.probe.module == module:
                # The id is given as text, to be parsed as pytest's cache will parse it: else `--lf` would not find it.
                yield ProbeItem.from_parent(self, name=item.id, nodeid=f"{self.nodeid}::{item.id}", item=item)


class Contradicted(AssertionError):  # noqa: N818 - named for the situation
    """A `must` is contradicted: the one way in which an item fails."""


class ProbeItem(pytest.Item):
    """One probe asked of one gateway."""

    def __init__(self, *, item: Item, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item = item
        self.record: Record | None = None
        self.extra_keyword_matches.update({item.probe.capability, item.gateway.name})
        self.add_marker(str(item.tier))
        self.add_marker(str(item.probe.level))
        self.add_marker(pytest.mark.capability(item.probe.capability))
        self.add_marker(pytest.mark.gateway(item.gateway.name))
        self.add_marker(pytest.mark.xdist_group(item.gateway.provider))

    def runtest(self) -> None:
        """Judge; fail where a `must` is contradicted. A wrong probe ends the session."""
        try:
            self.record = session_of(self.config).audit.judge(self.item)
        except WrongProbeError as error:
            pytest.exit(str(error), returncode=int(pytest.ExitCode.USAGE_ERROR))
        self.user_properties += [("verdict", str(self.record.verdict)), ("capability", self.record.capability)]
        if self.record.fails:
            raise Contradicted(self.record.reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return one sentence for a contradiction; anything else is a fault of gateprobe and shown whole."""
        if isinstance(excinfo.value, Contradicted) and self.record is not None:
            claim = self.item.gateway.claim(self.record.capability)
            documented = f"\n  documented: {claim.sources[0].quotation}" if claim.sources else ""
            return clean(f"{self.record.statement}\n  observed: {printable(self.record.reason)}{documented}")
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return where the item stands."""
        return self.path, None, self.name
