"""What a gateway file says, as types: address, key, models, baseline, documents, claims, prices, limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gateprobe.gateway.tasks import TaskRules
from gateprobe.model import EMPTY, Claim, Json, Stance

Encoding = Literal["json", "multipart"]


def _empty() -> Mapping[str, Any]:
    """Return the one empty mapping; Python 3.11 takes it for a mutable default where it is written out."""
    return EMPTY


def provider_of(name: str) -> str:
    """Return the name of a gateway without its image model: `openai` of `openai/gpt-image-2`."""
    return name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Where the key comes from and how it travels: an environment variable, a header and its scheme.

    `scheme` is empty where the header holds the bare key, as Azure's `api-key` does.
    """

    env: str
    header: str = "Authorization"
    scheme: str = "Bearer"

    def as_header(self, secret: str) -> tuple[str, str]:
        """Return the header's name and its value for a key."""
        return self.header, f"{self.scheme} {secret}" if self.scheme else secret


@dataclass(frozen=True, slots=True)
class Models:
    """The text model that calls the image tool, and the image model that draws.

    `images` has all image models where a file or a user names several: each is audited as a column of its own.
    """

    text: str
    image: str
    images: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, images: Sequence[str]) -> Models:
        """Return the models of a gateway with one image model or several; each is named once."""
        several = tuple(dict.fromkeys(images))
        return cls(text, several[0], several if len(several) > 1 else ())


@dataclass(frozen=True, slots=True)
class Paths:
    """The four paths after the base URL; None where the gateway does not have that surface.

    A path may hold `{text_model}` or `{image_model}`, for gateways that name a deployment there.
    """

    models: str | None = "/models"
    responses: str | None = "/responses"
    generations: str | None = "/images/generations"
    edits: str | None = "/images/edits"


@dataclass(frozen=True, slots=True)
class ResponsesBaseline:
    """What a working request to the Responses API needs: instructions, the form of `input`, a stream or not."""

    instructions: str | None = None
    input: Literal["string", "list"] = "string"
    stream: bool = False
    tool_model: bool = True
    """Whether the image tool of a working request names the image model."""
    body: Mapping[str, Json] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What every working request needs, as documented; a probe about something else starts from here.

    `headers`, `query` and the bodies are added to each request of their kind; header values and paths may hold
    `{text_model}` and `{image_model}`. `omit` names fields that no request may carry of its own accord, such as a
    quality that the gateway refuses. `edit_encoding` says how a picture to edit is sent; `reference` are the fields
    of a generation that carry a picture to work from, with `{picture}` where its data URL belongs.
    """

    paths: Paths = Paths()
    headers: Mapping[str, str] = field(default_factory=_empty)
    query: Mapping[str, str] = field(default_factory=_empty)
    responses: ResponsesBaseline = ResponsesBaseline()
    images: Mapping[str, Json] = field(default_factory=_empty)
    edits: Mapping[str, Json] = field(default_factory=_empty)
    edit_encoding: Encoding = "multipart"
    reference: Mapping[str, Json] = field(default_factory=_empty)
    omit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document that claims are quoted from; `date` is as it gives it: 2026-05-08, 2026-05 or 2026.

    `estimated` says in words where a document gives no date and its text was read for one. `language` is an IETF tag.
    `paraphrased` marks what is no prose: a schema, an SDK's types, recorded traffic.
    """

    title: str
    date: str
    language: str
    url: str | None = None
    paraphrased: bool = False
    fictional: bool = False
    estimated: str = ""


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """USD per million tokens, by what goes in and what comes out; None where the document does not say."""

    text_input: float | None = None
    text_output: float | None = None
    image_input: float | None = None
    image_output: float | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Documented prices in USD: `pictures` by quality, then by size; `any` stands for every quality or size.

    `models` are the image models that the prices are for; empty stands for all.
    """

    document: str = ""
    pictures: Mapping[str, Mapping[str, float]] = field(default_factory=_empty)
    image_model: TokenPrices = TokenPrices()
    text_model: TokenPrices = TokenPrices()
    models: tuple[str, ...] = ()

    def of(self, model: str) -> Prices:
        """Return the prices of an image model; none where they are for other models."""
        return self if Claim("", models=self.models).holds_for(model) else Prices()

    def picture(self, quality: str, size: str) -> float | None:
        """Return the price of one picture in USD, or None where no document states one."""
        for row in (self.pictures.get(quality), self.pictures.get("any")):
            if row is not None and (price := row.get(size, row.get("any"))) is not None:
                return price
        return None


@dataclass(frozen=True, slots=True)
class Limits:
    """Documented limits that an audit keeps to; None where no document states one.

    A documented `timeout_seconds` is how long the gateway itself may take for one answer: an audit waits as long.
    """

    document: str = ""
    requests_per_minute: int | None = None
    images_per_minute: int | None = None
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """A system under test and what its documents claim of it.

    `claims` are by capability id, in the catalogue's order; a capability that is not there is silent. `embedded`
    is set when the audit serves the gateway itself; it is never written to a file. `seed` is the seed of the run, from
    which requests draw their words; it is never written, too. `adopted` is set where the claims are OpenAI's, taken
    over because the gateway was given as a bare URL. `tasks` is set where pictures are ordered as tasks.
    """

    name: str
    title: str
    base_url: str
    key: KeyRule
    models: Models
    baseline: Baseline = Baseline()
    documents: Mapping[str, Document] = field(default_factory=_empty)
    claims: Mapping[str, Claim] = field(default_factory=_empty)
    prices: Prices = Prices()
    limits: Limits = Limits()
    tasks: TaskRules | None = None
    about: str = ""
    adopted: bool = False
    embedded: bool = field(default=False, compare=False)
    seed: int = field(default=0, compare=False)

    @property
    def provider(self) -> str:
        """The name without the image model."""
        return provider_of(self.name)

    def columns(self) -> tuple[Gateway, ...]:
        """Return one gateway for each image model, named `name/model` where there are several."""
        return tuple(self.column(model) for model in self.models.images) or (self,)

    def column(self, model: str) -> Gateway:
        """Return this gateway as it draws with one of its image models."""
        label = re.sub(r"[^A-Za-z0-9._:/-]", "-", model).lstrip("-./:_")[:100] or "model"
        return replace(
            self,
            name=f"{self.provider}/{label}",
            title=f"{self.title}, {model}",
            models=Models(self.models.text, model),
        )

    def is_column_beside(self, other: Gateway) -> bool:
        """Return whether two gateways are one provider with two image models, reached in the same way."""
        same = (self.provider, self.base_url, self.key, self.baseline, self.tasks, self.models.text)
        theirs = (other.provider, other.base_url, other.key, other.baseline, other.tasks, other.models.text)
        return self.name != other.name and same == theirs

    def documented(self, capability: str) -> Claim:
        """Return what the documents say of a capability; a silent claim where they say nothing."""
        return self.claims.get(capability) or Claim(capability)

    def claim(self, capability: str) -> Claim:
        """Return what an audit may hold the gateway to: what the documents say of the image model in use.

        What is offered in another form than the catalogue's is declined in this one.
        """
        newest = self.documented(capability)
        claims = (claim for claim in (newest, *newest.contested) if claim.holds_for(self.models.image))
        claim = next(claims, Claim(capability))
        if not claim.otherwise:
            return claim
        manner = f"documented otherwise: {claim.manner}" if claim.manner else "documented otherwise"
        return replace(claim, stance=Stance.DECLINED, values=(), manner=manner)

    def path(self, surface: Literal["models", "responses", "generations", "edits"]) -> str | None:
        """Return the path of a surface with the models filled in, or None where the gateway does not have it."""
        path: str | None = getattr(self.baseline.paths, surface)
        if self.tasks is not None and path is not None and surface in ("generations", "edits"):
            path = getattr(self.tasks, surface) or path
        return None if path is None else self._filled(path)

    def headers(self) -> dict[str, str]:
        """Return the documented extra headers with the models filled in; the key is not among them."""
        return {name: self._filled(value) for name, value in self.baseline.headers.items()}

    def _filled(self, text: str) -> str:
        return text.replace("{text_model}", self.models.text).replace("{image_model}", self.models.image)
