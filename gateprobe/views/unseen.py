"""What nobody outside a vendor can see: the capabilities of a run that are unproven for that alone, by reason."""

from __future__ import annotations

from gateprobe.model import Cause
from gateprobe.views.matrix import Matrix


def unseen(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Give the capabilities that the catalogue says cannot be seen, and that this run lists, by their reason."""
    found: dict[str, list[str]] = {}
    for row in matrix.rows():
        asked = any(record.cause is Cause.UNOBSERVABLE for cell in row.cells for record in cell.records)
        if row.capability.unobservable and asked:
            found.setdefault(row.capability.unobservable, []).append(row.capability.id)
    return {reason: tuple(names) for reason, names in found.items()}


def told(matrix: Matrix) -> list[str]:
    """Write them, one line for each reason."""
    return [f"unproven, unseen from outside: {', '.join(names)}: {reason}" for reason, names in unseen(matrix).items()]
