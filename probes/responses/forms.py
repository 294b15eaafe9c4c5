"""Request forms of the Responses API: text, streamed or not; a string, a list, no instructions; an unknown field."""

from __future__ import annotations

import re
from typing import Any, Final

from gateprobe.build import OMIT, responses, user
from gateprobe.evidence import Evidence, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.judge.refusals import refusal_kind
from gateprobe.model import (
    Claim,
    Finding,
    Level,
    Observed,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import COUNT, WORD, word_asked, words, words_streamed
from ..support.echoes import judge_echo
from ..support.exchanges import answered, no_stream, sent_as_json, well_formed
from ..support.refused import all_refused

INVENTED: Final = Phrase("gateprobe_invented", "{word 4}_{hex 4}")
"""A parameter that does not exist."""

DEMANDED: Final = Phrase(
    "Whatever the user asks, reply with the single word: harbour.",
    "{Whatever the user asks|Whatever is asked|To every question}, {reply|answer|respond}"
    " with the single word: {word 23}.",
)
"""Instructions that demand a word; nothing else asks for it."""

_COUNTING: Final = re.compile(r"1, ?2, ?3, ?[\d, ]*")
"""A count from 1, in digits with commas, that did not come to its end."""


def _last_number(prompt: str) -> str:
    """Return the number that a prompt asks to count to."""
    numbers: list[str] = re.findall(r"\d+", prompt)
    return numbers[-1] if numbers else ""


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
def instructed(gateway: Gateway) -> Steps:
    """Ask for one word, with instructions that demand another."""
    yield responses(gateway, WORD, instructions=DEMANDED)


@scenario(tier="smoke")
def usual_fields(gateway: Gateway) -> Steps:
    """Ask with harmless fields that clients often send."""
    yield responses(
        gateway,
        WORD,
        metadata={"purpose": Phrase("audit", "{word 5}")},
        truncation="disabled",
        parallel_tool_calls=True,
        safety_identifier=Phrase("gateprobe", "user-{hex 16}"),
    )


@scenario(tier="smoke")
def cut_short(gateway: Gateway) -> Steps:
    """Ask for far more words than `max_output_tokens` allows."""
    yield responses(gateway, COUNT, max_output_tokens=16)


@scenario()
def unknown_parameter(gateway: Gateway) -> Steps:
    """Ask with a parameter that does not exist."""
    name = INVENTED.of(gateway.seed)
    unknown: dict[str, Any] = {name: 1}
    yield responses(gateway, WORD, note=f"the parameter {name}", **unknown)


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


@probe("responses.text", needs=words)
def response_is_sent_as_json(evidence: Evidence, claim: Claim) -> Finding:
    """A Response is sent under a JSON content type."""
    if evidence.last.request.streams:
        return inapplicable("the request asked for a stream, as each one here must").at(evidence.last.place)
    return sent_as_json(evidence.last)


@probe("responses.text", needs=usual_fields, level="should")
def usual_fields_are_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """Fields that clients often send (metadata, truncation, parallel_tool_calls, safety_identifier) are accepted."""
    return answered(evidence.last)


@probe("responses.text", needs=usual_fields, level="should")
def metadata_comes_back(evidence: Evidence, claim: Claim) -> Finding:
    """The `metadata` of a Response is what the request sent."""
    if "metadata" not in evidence.last.response:
        return nothing_to_judge("the Response has no metadata").at(evidence.last.place)
    return judge_echo(evidence.last, "metadata")


@probe("responses.text", needs=cut_short, level="should", accepts=(REFUSAL,))
def cut_answer_says_so(evidence: Evidence, claim: Claim) -> Finding:
    """An answer that is cut at max_output_tokens has the status incomplete, with the reason (OpenAI API reference)."""
    exchange = evidence.last
    if exchange.is_refusal or exchange.error is not None:
        if refusal_kind(exchange)[1] == "max_output_tokens":
            return inapplicable("max_output_tokens is refused, so nothing is cut: {answer}", answer=exchange.summary)
        return inapplicable("no answer came that could be cut: {answer}", answer=exchange.summary)
    status, details = exchange.response.get("status"), exchange.response.get("incomplete_details")
    text = exchange.text.strip()
    if status == "completed" and text.rstrip(".").endswith(_last_number(exchange.request.prompt)):
        return ignored(
            "option.ignored",
            "asked for max_output_tokens 16, received {length} characters, up to the last number",
            option="max_output_tokens",
            length=len(text),
        ).at(exchange.place)
    if status != "incomplete" and not _COUNTING.fullmatch(text):
        return inapplicable("the answer is not a count that was cut: {text!q}", text=text[:80])
    if status != "incomplete":
        return ignored(
            "answer.status_wrong",
            "the answer was cut at max_output_tokens (it ends {end!q}), but its status is {status}",
            end=text[-12:],
            status=json_text(status, 40),
        ).at(exchange.place)
    reason = details.get("reason") if isinstance(details, dict) else None
    if reason != "max_output_tokens":
        return malformed(
            "answer.status_wrong",
            'the status is incomplete, but the reason is {reason}, expected "max_output_tokens"',
            reason=json_text(reason, 40),
        ).at(exchange.place)
    return honoured("the answer was cut, and its status is incomplete because of max_output_tokens")


@probe("responses.text.stream", needs=words_streamed)
def text_is_streamed(evidence: Evidence, claim: Claim) -> Finding:
    """A plain text answer requested as a stream comes as a stream, and completes."""
    return answered(evidence.last) if evidence.last.is_stream else no_stream(evidence.last)


@probe("responses.input.string", needs=string_input)
def input_may_be_a_string(evidence: Evidence, claim: Claim) -> Finding:
    """A request whose input is a plain string is answered."""
    return answered(evidence.last)


@probe("responses.input.list", needs=list_input)
def input_may_be_a_list(evidence: Evidence, claim: Claim) -> Finding:
    """A request whose input is a list of messages is answered."""
    return answered(evidence.last)


@probe(
    "responses.instructions_optional",
    needs=no_instructions,
    refused_with="request.unsent_field",
    refused_option="instructions",
)
def instructions_may_be_missing(evidence: Evidence, claim: Claim) -> Finding:
    """A request without instructions is answered."""
    return answered(evidence.last)


@probe("responses.text", needs=instructed, level="should")
def instructions_reach_the_model(evidence: Evidence, claim: Claim) -> Finding:
    """The answer follows the `instructions` of its request, or the Response at least repeats them."""
    exchange = evidence.last
    text, sent, received = (
        exchange.text,
        at(exchange.request.json, "instructions"),
        exchange.response.get("instructions"),
    )
    word = word_asked(str(sent))
    if word in text.lower():
        return honoured("instructed to reply {word!r}, the answer is {text!r}", word=word, text=text[:60])
    if received == sent:
        return inapplicable(
            "the Response repeats the instructions, the answer does not follow them: {text!r}", text=text[:60]
        ).at(exchange.place)
    return ignored(
        "option.ignored",
        "instructed to reply {word!r}, the answer is {text!r}, and the Response has the instructions {received}",
        option="instructions",
        word=word,
        text=text[:60],
        received=json_text(received, 60),
    ).at(exchange.place)


@probe("responses.unknown_parameter_refused", needs=unknown_parameter, level="should", accepts=(REFUSAL,))
def unknown_parameter_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A parameter that does not exist is refused by name."""
    finding = all_refused(evidence.exchanges, claim, INVENTED, option="unknown parameter")
    exchange, error = evidence.last, evidence.last.error
    if finding.observed is not Observed.HONOURED or error is None:
        return finding
    parameter = INVENTED.find_in(exchange.request.fields)
    if error.param != parameter and parameter not in error.message:
        return malformed(
            "errors.reason_missing",
            "refused, but neither `param` nor the message names {parameter}: {answer}",
            parameter=parameter,
            answer=exchange.summary,
        ).at(exchange.place)
    return finding
