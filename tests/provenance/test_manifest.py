"""A verifier's report is read whatever a hostile manifest put into it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.provenance import Agent
from gateprobe.provenance.manifest import provenance_of

GOOD = [{"code": "claimSignature.validated"}, {"code": "assertion.dataHash.match"}]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "manifests",
                    "active_manifest",
                    "assertions",
                    "data",
                    "actions",
                    "ingredients",
                    "validation_results",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def created(agent: Any) -> dict[str, Any]:
    """Make a manifest whose one action says what created the picture."""
    action = {"action": "c2pa.created", "softwareAgent": agent}
    return {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]}


def report(active: dict[str, Any], failures: tuple[str, ...] = (), **others: Any) -> dict[str, Any]:
    """Make a verifier's report of one active manifest."""
    failure = [{"code": code} for code in failures]
    return {
        "active_manifest": "a",
        "manifests": {"a": active, **others},
        "validation_results": {"activeManifest": {"success": GOOD, "failure": failure}},
    }


@pytest.mark.parametrize(
    ("failures", "valid", "expired", "altered"),
    [
        ((), True, False, False),
        (("signingCredential.untrusted",), True, False, False),
        (("signingCredential.untrusted", "signingCredential.expired"), True, True, False),
        (("timeStamp.untrusted",), True, False, False),
        (("assertion.dataHash.mismatch",), False, False, True),
        (("signingCredential.expired", "claimSignature.mismatch"), False, True, False),
        (("assertion.hashedURI.mismatch",), False, False, False),
    ],
)
def test_failures_are_told_apart(failures: tuple[str, ...], *, valid: bool, expired: bool, altered: bool) -> None:
    """An expired or unknown certificate is no sign of a changed picture, and does not hide one."""
    provenance = provenance_of(report({}, failures) | {"manifests": {"a": {"title": "x"}}})
    assert provenance is not None
    assert (provenance.valid, provenance.expired, provenance.altered) == (valid, expired, altered)


def test_nothing_is_taken_as_checked_that_was_not() -> None:
    """A report without successes is no valid picture, though it has no failures either."""
    provenance = provenance_of({"active_manifest": "a", "manifests": {"a": {"title": "x"}}})
    assert provenance is not None
    assert (provenance.signed, provenance.bound, provenance.valid) == (False, False, False)


def test_the_agent_may_stand_in_the_manifest_that_was_opened() -> None:
    """OpenAI's older pictures are signed twice, and the first signature names what created them."""
    opening = {"ingredients": [{"relationship": "componentOf"}, {"relationship": "parentOf", "active_manifest": "b"}]}
    provenance = provenance_of(report(opening, b=created({"name": "GPT-4o"}), c=created("another")))
    assert provenance is not None
    assert provenance.agents == (Agent("GPT-4o"),)


def test_an_ingredient_does_not_speak_for_the_picture() -> None:
    """A signed picture that was sent to be edited names its own maker, not the edit's."""
    edited = created({"name": "gpt-image", "version": "2.0"})
    edited["ingredients"] = [{"relationship": "parentOf", "active_manifest": "b"}]
    provenance = provenance_of(report(edited, b=created({"name": "Adobe Firefly"})))
    assert provenance is not None
    assert provenance.agents == (Agent("gpt-image", "2.0"),)


def test_manifests_that_open_each_other_come_to_an_end() -> None:
    """A circle of ingredients names no agent."""
    opening = {"ingredients": [{"relationship": "parentOf", "active_manifest": "a"}]}
    provenance = provenance_of(report(opening))
    assert provenance is not None
    assert provenance.agents == ()


def test_a_signer_that_names_itself_nothing_is_told_so() -> None:
    """The sentence has no hole in it."""
    provenance = provenance_of(report({"title": "x"}))
    assert provenance is not None
    assert provenance.signer == "nobody that it names"


@given(JSON)
def test_any_report_is_read(value: Any) -> None:
    """A report of any shape gives a reading or none, and a reading of nonsense does not hold."""
    provenance = provenance_of(value)
    assert provenance is None or not provenance.valid


@given(st.text(max_size=300))
def test_names_are_shown_safely(name: str) -> None:
    """No name of a manifest moves a terminal's cursor or fills a page."""
    provenance = provenance_of(
        report(created({"name": name, "version": name}) | {"claim_generator_info": [{"name": name}]})
    )
    assert provenance is not None
    shown = provenance.generator + str(*provenance.agents)
    assert not [character for character in shown if unicodedata.category(character).startswith("C")]
    assert len(shown) < 400
