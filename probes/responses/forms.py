"""Request forms of the Responses API: text, streamed or not; a string, a list, no instructions; an unknown field."""

from __future__ import annotations

from typing import Final

from gateprobe.build import OMIT, responses, user
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Claim, Finding, Level, Observed, honoured, ignored, malformed, unobserved
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import WORD, words, words_streamed
from ..support.exchanges import all_refused, answered, quoted, well_formed

INVENTED: Final = "gateprobe_invented"
"""A parameter that nobody has."""


@scenario()
def string_input(gateway: Gateway) -> Steps:
    """Ask with `input` as a plain string, whatever the baseline says."""
    yield responses(gateway, OMIT, input=WORD)


@scenario()
def list_input(gateway: Gateway) -> Steps:
    """Ask with `input` as a list of messages."""
    yield responses(gateway, OMIT, input=[user(WORD)])


@scenario()
def no_instructions(gateway: Gateway) -> Steps:
    """Ask without `instructions`, whatever the baseline says."""
    yield responses(gateway, WORD, instructions=OMIT)


@scenario()
def usual_fields(gateway: Gateway) -> Steps:
    """Ask with harmless fields that clients often send."""
    yield responses(
        gateway,
        WORD,
        metadata={"purpose": "audit"},
        truncation="disabled",
        parallel_tool_calls=True,
        safety_identifier="gateprobe",
    )


@scenario()
def cut_short(gateway: Gateway) -> Steps:
    """Ask for far more words than the answer may have."""
    yield responses(gateway, "Count from 1 to 200, in digits, with commas.", max_output_tokens=16)


@scenario()
def unknown_parameter(gateway: Gateway) -> Steps:
    """Ask with a parameter that does not exist."""
    yield responses(gateway, WORD, note=f"the parameter {INVENTED}", gateprobe_invented=1)


@probe("responses.text", needs=words)
def text_is_answered(evidence: Evidence, claim: Claim) -> Finding:
    """A plain text answer comes back completed."""
    return answered(evidence.last)


@probe("responses.text", needs=words)
def response_has_its_fields(evidence: Evidence, claim: Claim) -> Finding:
    """The Response has the fields that clients read, with their types."""
    return well_formed(evidence.last, Level.MUST)


@probe("responses.text", needs=words, level="should")
def response_is_whole(evidence: Evidence, claim: Claim) -> Finding:
    """The Response has what OpenAI also sends, and its usage adds up."""
    return well_formed(evidence.last, Level.SHOULD)


@probe("responses.text", needs=usual_fields, level="should")
def usual_fields_are_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """Fields that clients often send (metadata, truncation, parallel_tool_calls, safety_identifier) are accepted."""
    return answered(evidence.last)


@probe("responses.text", needs=cut_short, level="should", accepts=(REFUSAL,))
def cut_answer_says_so(evidence: Evidence, claim: Claim) -> Finding:
    """An answer that is cut at max_output_tokens says that it is incomplete, and why (OpenAI API reference)."""
    exchange = evidence.last
    if exchange.is_refusal or exchange.error is not None:
        return unobserved(Cause.UNOBSERVABLE, f"max_output_tokens is not taken, so nothing is cut: {exchange.summary}")
    status, details = exchange.response.get("status"), exchange.response.get("incomplete_details")
    if status == "completed" and exchange.text.rstrip(" .").endswith("200"):
        return ignored(f"max_output_tokens 16 was sent, and {len(exchange.text)} characters came, to the last number")
    if status != "incomplete":
        end = quoted(exchange.text[-12:])
        return ignored(f"the answer was cut at max_output_tokens (it ends {end}), and says status {status!r:.40}")
    reason = details.get("reason") if isinstance(details, dict) else None
    if reason != "max_output_tokens":
        return malformed(f"the answer says incomplete, but the reason is {reason!r:.40}, not 'max_output_tokens'")
    return honoured("the answer that was cut says incomplete, because of max_output_tokens")


@probe("responses.text.stream", needs=words_streamed)
def text_is_streamed(evidence: Evidence, claim: Claim) -> Finding:
    """A plain text answer asked for as a stream comes as a stream, and completes."""
    if not evidence.last.is_stream:
        kind = evidence.last.content_type or "no content type"
        return ignored(f"asked for a stream, received HTTP {evidence.last.status} with {kind}")
    return answered(evidence.last)


@probe("responses.input.string", needs=string_input)
def input_may_be_a_string(evidence: Evidence, claim: Claim) -> Finding:
    """A request whose input is a plain string is answered."""
    return answered(evidence.last)


@probe("responses.input.list", needs=list_input)
def input_may_be_a_list(evidence: Evidence, claim: Claim) -> Finding:
    """A request whose input is a list of messages is answered."""
    return answered(evidence.last)


@probe("responses.instructions_optional", needs=no_instructions)
def instructions_may_be_missing(evidence: Evidence, claim: Claim) -> Finding:
    """A request without instructions is answered."""
    return answered(evidence.last)


@probe("responses.unknown_parameter_refused", needs=unknown_parameter, level="should", accepts=(REFUSAL,))
def unknown_parameter_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A parameter that does not exist is refused by name."""
    found = all_refused(evidence.exchanges, claim, INVENTED)
    said = evidence.last.error
    if found.observed is not Observed.HONOURED or said is None:
        return found
    if said.param != INVENTED and INVENTED not in said.message:
        return malformed(f"refused, but neither `param` nor the message names {INVENTED}: {evidence.last.summary}")
    return found
