"""Ways in which a gateway breaks a stream: each operator breaks one thing, and says what must be found, and where."""

from __future__ import annotations

from tests.support.mutations import content, framing, identity, losses, numbers, pictures, splices
from tests.support.mutations.core import OPERATORS, Mutant, Operator, Stream, write

__all__ = [
    "OPERATORS",
    "Mutant",
    "Operator",
    "Stream",
    "content",
    "framing",
    "identity",
    "losses",
    "numbers",
    "pictures",
    "splices",
    "write",
]
