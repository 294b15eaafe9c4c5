"""The gateway files that ship: whole, quoted letter for letter, and as the documents have it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateprobe.gateway import REFERENCE, UNLISTED, Gateway, Overrides, dumps, find, known, loads, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Claim, Source, Stance
from gateprobe.resources import GATEWAYS

SHARED = Path(__file__).resolve().parents[3] / "shared"
EVERY = (*known(), *sorted(UNLISTED))
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the documents that claims are quoted from are not at hand"
)

SEEDS = {
    ("openai", "tool-guide"): "openai-image-generation-tool.txt",
    ("openai", "multi-turn"): "openai-multi-turn-images.txt",
    ("openai", "vibeapi-table"): "vibeapi-gpt-image-2.txt",
    ("xai-router", "article"): "xai-router-gpt-image-2.txt",
    ("vibeapi", "guide"): "vibeapi-gpt-image-2.txt",
    ("ofox", "article"): "ofox-gpt-image-2.txt",
}
PAGES = SHARED / "more-gateways"
MARKET = sorted(name for name in known() if (PAGES / f"{name}.md").is_file())
"""Further vendors whose documents are collected; of a file without such a page, the shape alone is tested."""
COLUMNS = {"O": "openai", "X": "xai-router", "V": "vibeapi", "F": "ofox"}
SIGNS = {"+": Stance.OFFERED, "−": Stance.DECLINED, "·": Stance.SILENT}
# Where the source says "see note" or where the wire (dated later) says otherwise than the table.
DECIDED = {
    ("openai", "images.generate.url_fetchable"): Stance.OFFERED,  # where a link comes, it leads to a picture
    ("openai", "responses.image.n"): Stance.DECLINED,
    ("openai", "images.generate.response_format_b64"): Stance.DECLINED,
    ("openai", "images.edit.input_fidelity"): Stance.DECLINED,
}


def _sources(claim: Claim) -> Iterator[Source]:
    for statement in (claim, *claim.contested):
        yield from statement.sources


@pytest.mark.parametrize("name", EVERY)
def test_a_file_is_named_for_its_gateway(name: str) -> None:
    """The name in the file is the file's own."""
    assert find(name).name == name


@pytest.mark.parametrize("name", EVERY)
def test_a_file_survives_being_written_again(name: str) -> None:
    """What is written back loads to the same gateway."""
    gateway = find(name)
    assert loads(dumps(gateway)) == gateway


@pytest.mark.parametrize("name", EVERY)
def test_every_claim_has_a_dated_document_and_a_sentence(name: str) -> None:
    """No claim stands without document, date and quote."""
    for claim in find(name).claims.values():
        assert [source for source in _sources(claim) if not (source.title and source.date and source.quote)] == []


@pytest.mark.parametrize("name", known())
def test_a_sentence_in_another_language_has_our_english_of_it(name: str) -> None:
    """What is quoted in Chinese, Japanese or Korean is rendered in English too, and in no other letters."""
    foreign = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
    sources = [source for claim in find(name).claims.values() for source in _sources(claim)]
    assert [source.quote for source in sources if foreign.search(source.quote) and not source.english] == []
    assert [source.english for source in sources if foreign.search(source.english)] == []


@pytest.mark.parametrize("name", EVERY)
def test_every_document_is_cited(name: str) -> None:
    """No document stands in a file without a claim, a price or a limit that rests on it."""
    gateway = find(name)
    cited = {source.document for claim in gateway.claims.values() for source in _sources(claim)}
    assert set(gateway.documents) - cited - {gateway.prices.document, gateway.limits.document} == set()


@pytest.mark.parametrize("name", EVERY)
def test_claims_in_a_file_stand_in_the_order_of_the_catalogue(name: str) -> None:
    """A reader finds a claim where the catalogue has it."""
    text = (GATEWAYS / f"{name}.toml").read_text("utf-8")
    written = re.findall(r'^capability = "(.+)"$', text, re.MULTILINE)
    assert written == sorted(written, key=catalogue().position)


def test_the_reference_is_openai_and_comes_first() -> None:
    """Every list of gateways begins with the reference, and lists no fictional one."""
    assert known()[0] == REFERENCE == reference().name
    assert UNLISTED.isdisjoint(known())


def test_fiction_is_marked() -> None:
    """A fictional gateway says so in its title and its documents; a real one has no fictional document."""
    for name in EVERY:
        fictional = {document.fictional for document in find(name).documents.values()}
        assert fictional == {name in UNLISTED}
    assert "fictional" in find("oversold").title


def test_oversold_promises_all_that_it_can_be_held_to() -> None:
    """The brochure offers what OpenAI offers, provenance, prices and clients apart, and declines nothing."""
    brochure = find("oversold").claims
    offered = {name for name, claim in reference().claims.items() if claim.stance is Stance.OFFERED}
    apart = {name for name in offered if name.startswith(("provenance.", "clients.")) or name == "usage.price"}
    assert set(brochure) == offered - apart
    assert {claim.stance for claim in brochure.values()} == {Stance.OFFERED}


def test_the_market_is_there() -> None:
    """The further vendors that a comparison needs each have a file."""
    assert set(MARKET) >= {
        "aihubmix",
        "aimlapi",
        "apiyi-all",
        "apiyi-official",
        "apiyi-vip",
        "azure-foundry",
        "codex-lb",
        "laozhang",
        "litellm",
        "llmgateway",
        "new-api",
        "openrouter",
        "portkey",
        "xai",
        "zenmux",
    }


def test_a_vendor_that_contradicts_itself_is_shown_to() -> None:
    """Azure's page offers partial pictures of the tool and denies them; both sentences are kept."""
    claim = find("azure-foundry").claim("responses.image.partial_images")
    assert (claim.stance, [contested.stance for contested in claim.contested]) == (Stance.DECLINED, [Stance.OFFERED])


def test_azure_is_said_without_code() -> None:
    """Azure's key header, api-version and deployment header are all in its file."""
    azure = find("azure-foundry", Overrides(image_models=("my-drawing-deployment",)))
    assert azure.key.as_header("secret") == ("api-key", "secret")
    assert azure.baseline.query == {"api-version": "preview"}
    assert azure.headers() == {"x-ms-oai-image-generation-deployment": "my-drawing-deployment"}


def test_openrouter_is_said_without_code() -> None:
    """OpenRouter's own path for pictures, and that it has none for edits, are in its file."""
    openrouter = find("openrouter")
    assert (openrouter.path("generations"), openrouter.path("edits")) == ("/images", None)


def test_keys_stay_apart() -> None:
    """The four documented gateways read their keys from the variables that their documents and ours name."""
    variables = {name: find(name).key.env for name in COLUMNS.values()}
    assert variables == {
        "openai": "OPENAI_API_KEY",
        "xai-router": "XAI_API_KEY",
        "vibeapi": "VIBEAPI_API_KEY",
        "ofox": "OFOX_API_KEY",
    }


def test_vibeapi_needs_what_its_guide_requires() -> None:
    """VibeAPI's working request has instructions, a list as input, and a stream."""
    responses = find("vibeapi").baseline.responses
    assert (responses.instructions is not None, responses.input, responses.stream) == (True, "list", True)


def test_a_documented_500_is_a_refusal() -> None:
    """VibeAPI documents 500 for a picture without a stream, and the claim says so."""
    claim = find("vibeapi").claim("responses.image.non_stream")
    assert (claim.stance, claim.refusal_status) == (Stance.DECLINED, (500,))


def test_the_specification_governs_and_the_table_contests() -> None:
    """Of two documents that contradict each other, the newer one governs and the older one is kept."""
    claim = find("openai").claim("responses.image.n")
    assert claim.stance is Stance.DECLINED
    assert [contested.stance for contested in claim.contested] == [Stance.OFFERED]


@needs_shared
@pytest.mark.parametrize(("name", "document"), SEEDS)
def test_quotes_are_letter_for_letter(name: str, document: str) -> None:
    """Every quote stands in the document that it is quoted from, exactly as written there."""
    text = (SHARED / "seeds" / SEEDS[name, document]).read_text("utf-8")
    quoted = [
        source.quote
        for claim in find(name).claims.values()
        for source in _sources(claim)
        if source.document == document
    ]
    assert quoted
    assert [quote for quote in quoted if quote not in text] == []


@needs_shared
def test_only_paraphrased_documents_have_no_copy_to_check() -> None:
    """Of the four gateways, each document is either checked letter for letter or marked as paraphrased."""
    unchecked = {
        (name, key): document.paraphrased
        for name in COLUMNS.values()
        for key, document in find(name).documents.items()
        if (name, key) not in SEEDS
    }
    assert set(unchecked.values()) == {True}


def _promises(name: str) -> list[dict[str, Any]]:
    """Return the collected promises of one vendor."""
    lines = (PAGES / "claims.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["gateway"] == name]


@needs_shared
def test_documents_of_further_vendors_are_collected() -> None:
    """The comparison below is about many files, not about none."""
    assert len(MARKET) >= 15


@needs_shared
@pytest.mark.parametrize("name", MARKET)
def test_quotes_of_the_market_are_letter_for_letter(name: str) -> None:
    """Every quote of a further vendor stands in the collection of promises, exactly as written there."""
    page = (PAGES / f"{name}.md").read_text("utf-8")
    collected = "\n".join([page, *(row["quote"] for row in _promises(name))])
    quoted = [source.quote for claim in find(name).claims.values() for source in _sources(claim)]
    assert [quote for quote in quoted if quote not in collected] == []


@needs_shared
@pytest.mark.parametrize("name", MARKET)
def test_no_promise_of_the_market_is_lost(name: str) -> None:
    """Every collected promise of a vendor is in its file: capability, stance, sentence, and whether it was cut."""
    written = {
        (claim.capability, statement.stance.value, source.quote, source.truncated)
        for claim in find(name).claims.values()
        for statement in (claim, *claim.contested)
        for source in statement.sources
    }
    rows = [(row["capability"], row["stance"], row["quote"], row["truncated"]) for row in _promises(name)]
    assert [row for row in rows if row not in written] == []


def _table() -> Iterator[tuple[str, dict[str, Stance]]]:
    """Yield each capability of the source's tables with the stance of each of the four gateways."""
    header: list[str] = []
    for line in (SHARED / "capabilities.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| capability"):
            header = cells
        elif line.startswith("| `") and header:
            first, *more = re.findall(r"`([a-z0-9_.]+)`", cells[0])
            stances = {
                COLUMNS[head]: SIGNS[cell[0]]
                for head, cell in zip(header, cells, strict=True)
                if head in COLUMNS and cell[:1] in SIGNS
            }
            for name in (first, *(f"images.edit{form}" for form in more)):
                yield name, stances


@needs_shared
def test_stances_are_those_of_the_source() -> None:
    """Each tabulated stance of the four gateways is the one in the file, where the source decides it."""
    gateways: dict[str, Gateway] = {name: find(name) for name in COLUMNS.values()}
    wrong = [
        (name, capability, stance.value, gateways[name].claim(capability).stance.value)
        for capability, stances in _table()
        for name, stance in stances.items()
        if gateways[name].claim(capability).stance is not DECIDED.get((name, capability), stance)
    ]
    # The source writes "(n −)" inside a cell of four capabilities at once.
    assert wrong == [
        ("vibeapi", "images.edit.n", "offered", "declined"),
        ("vibeapi", "images.edit.stream", "offered", "silent"),
    ]


def test_a_brochure_is_a_vendors_own_words() -> None:
    """What the made-up vendor promises is no copy of the catalogue, and no sentence of it stands for two promises."""
    quotes = [source.quote for claim in find("oversold").claims.values() for source in _sources(claim)]
    assert {capability.statement for capability in catalogue().by_id.values()}.isdisjoint(quotes)
    assert len(set(quotes)) == len(quotes)
