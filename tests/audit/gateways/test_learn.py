"""What a gateway was seen to do becomes a file that holds it to that, and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateprobe.audit.gateways.learn import DOCUMENT, learn, models_of, rejected_key
from gateprobe.gateway import Models, dumps, find, loads
from gateprobe.gateway.catalogue import catalogue
from gateprobe.message import message
from gateprobe.model import Cause, Observed, Stance, Verdict, verdict_of
from gateprobe.record.file import Record
from tests.support.runs import a_record

UNKNOWN = replace(find("http://127.0.0.1:1/v1"), name="unknown")
DAY = "2026-11-29"


def seen(capability: str, observed: Observed, reason: str = "it did") -> Record:
    """Make a record of the unknown gateway."""
    return a_record(UNKNOWN, capability, observed, reason)


def test_what_was_done_is_offered_and_what_was_not_is_declined() -> None:
    """A refusal and a request that was not heeded are declined alike; what was not observed is not written."""
    learnt = learn(
        UNKNOWN,
        [
            seen("models.list", Observed.HONOURED, "17 models are listed"),
            seen("images.edit", Observed.REFUSED, "HTTP 404"),
            seen("images.generate.n", Observed.IGNORED, "1 picture came, 2 were asked for"),
            seen("responses.text", Observed.UNOBSERVED, "no key"),
        ],
        DAY,
    )
    assert learnt.with_stance(Stance.OFFERED) == ("models.list",)
    assert learnt.with_stance(Stance.DECLINED) == ("images.generate.n", "images.edit")
    assert "responses.text" in learnt.unobserved
    assert learnt.gateway.documented("models.list").sources[0].quote == "17 models are listed"


def test_values_that_nobody_asked_for_are_not_written() -> None:
    """Of an option, the honoured values are written; of `n`, no limit; a rejected key is told from an answer."""
    records = [
        replace(seen("images.generate.size", Observed.HONOURED), value="1024x1024"),
        replace(seen("images.generate.n", Observed.HONOURED), value=2),
        replace(seen("responses.image.tool_choice_required", Observed.HONOURED), value="required"),
    ]
    learnt = learn(UNKNOWN, records, DAY)
    assert learnt.gateway.documented("responses.image.tool_choice_required").values == ()
    assert learnt.gateway.documented("images.generate.size").values == ("1024x1024",)
    assert learnt.gateway.documented("images.generate.n").values == ()
    rejected = replace(seen("models.list", Observed.UNOBSERVED, "HTTP 401"), cause=Cause.AUTH)
    assert rejected_key([rejected, seen("auth.missing_key_refused", Observed.HONOURED)]) == "HTTP 401"
    assert rejected_key([rejected, *records]) == ""
    assert rejected_key(records) == ""


def test_a_picture_in_another_form_is_a_value() -> None:
    """A link in place of base64 is offered with the form that came; of several possible values, none is written."""
    came = message("the picture came as `{form}`, expected: {expected}", form="url", expected=("b64_json",))
    records = [
        replace(seen("images.generate.default_format", Observed.IGNORED), message=came, fault_kind="image.wrong_form"),
        seen("models.unknown_refused", Observed.HONOURED),
        seen("transport.request_id", Observed.HONOURED),
        seen("usage.price", Observed.HONOURED),
    ]
    claims = learn(UNKNOWN, records, DAY).gateway.claims
    assert (claims["images.generate.default_format"].stance, claims["images.generate.default_format"].values) == (
        Stance.OFFERED,
        ("url",),
    )
    assert (claims["models.unknown_refused"].values, claims["usage.price"].values) == ((), ())
    assert claims["transport.request_id"].values == ("x-request-id",)


def test_what_was_asked_in_part_is_left_out() -> None:
    """Where a capability takes no values, a claim could not say which of them were not asked for."""
    asked = replace(seen("transport.packed_request", Observed.HONOURED), value="gzip")
    unasked = replace(seen("transport.packed_request", Observed.UNOBSERVED), value="zstd", cause=Cause.BUDGET)
    assert learn(UNKNOWN, [asked, unasked], DAY).mixed == ("transport.packed_request",)


def test_what_works_in_part_is_left_out() -> None:
    """Neither an offer nor a refusal would be true of it; the same of an answer out of form."""
    records = [
        seen("models.list", Observed.HONOURED),
        seen("models.list", Observed.REFUSED),
        seen("images.edit", Observed.MALFORMED),
    ]
    learnt = learn(UNKNOWN, records, DAY)
    assert learnt.mixed == ("models.list", "images.edit")
    assert learnt.gateway.claims == {}


_RECORDS = st.lists(
    st.builds(
        seen,
        st.sampled_from(sorted(catalogue().by_id)),
        st.sampled_from(Observed),
        st.text(min_size=1, max_size=400),
    ),
    max_size=12,
)


@given(_RECORDS)
@example([seen("models.list", Observed.HONOURED, " ")])
def test_a_learnt_file_loads_and_contradicts_nothing_of_what_it_was_made_of(records: list[Record]) -> None:
    """Whatever was said in the answers, the text is a gateway file; what was seen keeps every claim in it."""
    learnt = learn(UNKNOWN, records, DAY)
    read = loads(dumps(learnt.gateway))
    assert read == learnt.gateway
    for record in records:
        assert verdict_of(read.documented(record.capability).stance, record.observed) is not Verdict.CONTRADICTED


def test_the_file_says_what_it_is() -> None:
    """Its one document is named as what was seen, in our words, on a day; nothing of OpenAI's is taken over."""
    gateway = learn(UNKNOWN, [seen("models.list", Observed.HONOURED)], DAY).gateway
    document = gateway.documents[DOCUMENT]
    assert (document.date, document.paraphrased) == (DAY, True)
    assert "not from a document of the vendor" in gateway.about
    assert (gateway.prices.document, gateway.limits.document, gateway.adopted) == ("", "", False)


@pytest.mark.parametrize(
    ("listed", "text", "image"),
    [
        ([], "gpt-5.5", "gpt-image-2"),
        (["gpt-5.5", "gpt-image-2", "gpt-image-3"], "gpt-5.5", "gpt-image-2"),
        (["openai/gpt-5.5", "openai/gpt-image-2"], "openai/gpt-5.5", "openai/gpt-image-2"),
        (["gpt-4.1", "gpt-5", "gpt-5-mini", "gpt-image-1", "gpt-image-1.5"], "gpt-5", "gpt-image-1.5"),
        (["llama-4", "flux-2"], "gpt-5.5", "gpt-image-2"),
    ],
)
def test_the_closest_listed_models_are_taken(listed: list[str], text: str, image: str) -> None:
    """The model itself, then the same with a prefix, then the newest of its family; else what was wanted."""
    assert models_of(listed, Models("gpt-5.5", "gpt-image-2")) == Models(text, image)
