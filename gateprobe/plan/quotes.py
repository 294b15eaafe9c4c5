"""What one picture costs at each quality of a gateway's image model, and who says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Basis, facts_of, generation_of
from gateprobe.plan.price import price_of
from gateprobe.plan.sizes import Size
from gateprobe.plan.tokens import output_tokens
from gateprobe.request import Buy

_SIZE: Final = Size(1024, 1024)
SIZE: Final = str(_SIZE)
_USUAL: Final = ("low", "medium", "high")
_AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one picture of 1024x1024: USD, output tokens where a formula gives them, the basis, the source."""

    model: str
    quality: str
    usd: float
    tokens: int | None
    basis: Basis
    source: str

    def plain(self) -> dict[str, Any]:
        """Return the quote as JSON."""
        return asdict(self) | {"usd": round(self.usd, 4), "size": SIZE}


def quotes_of(gateway: Gateway) -> tuple[Quote, ...]:
    """Return a quote for each quality of a gateway's image model; of an unknown model, those of gpt-image-2."""
    model = gateway.models.image
    facts = facts_of(model)
    qualities = [quality for quality in (facts.qualities if facts else _USUAL) if quality != _AUTO]
    return tuple(_quote(gateway, model, quality) for quality in qualities)


def _quote(gateway: Gateway, model: str, quality: str) -> Quote:
    price = price_of(gateway, Buy(quality=quality, size=SIZE))
    tokens = output_tokens(_SIZE, quality, model)
    generation = generation_of(model)
    document = gateway.documents.get(gateway.prices.of(model).document)
    if price.documented and document is not None:
        return Quote(model, quality, price.usd, tokens, Basis.DOCUMENTED, f"{document.title}, {document.date}")
    return Quote(model, quality, price.usd, tokens, generation.basis, f"OpenAI's: {'; '.join(generation.sources)}")
