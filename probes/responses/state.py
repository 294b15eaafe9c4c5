"""State and turns: an earlier response by its id, an earlier picture by its id, the whole history, retrieval."""

from __future__ import annotations

from typing import Final

from gateprobe.build import get, image_tool, responses, user
from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Json, Observed, honoured, ignored, malformed
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..responses.edit import MAKE_BLUE
from ..scenarios.responses import SQUARE_ON_PAGE, WORD
from ..support.api import plain_id
from ..support.exchanges import EVERYTHING, answered, came, step, turned_from
from ..support.refused import all_refused

NO_SUCH_RESPONSE: Final = Phrase("resp_" + "0" * 50, "resp_{hex 50}")
"""A response id that does not exist."""


@scenario(images=4, requests=5)
def turns(gateway: Gateway) -> Steps:
    """Draw, then ask for a change four ways: by response id, by picture id, by the whole history, by a short item."""
    first: Exchange = yield responses(
        gateway, SQUARE_ON_PAGE, tools=[image_tool(gateway)], store=True, buys=1, note="draw"
    )
    if not first.ok or not first.pictures:
        return
    call, tools = first.calls[-1], [image_tool(gateway)]
    yield responses(
        gateway, MAKE_BLUE, previous_response_id=at(first.response, "id"), tools=tools, buys=1, note="by response id"
    )
    named = {"type": "image_generation_call", "id": at(call, "id")}
    asked = user(SQUARE_ON_PAGE), user(MAKE_BLUE)
    yield responses(gateway, [asked[0], named, asked[1]], tools=tools, buys=1, note="by picture id")
    history = [asked[0], *first.items, asked[1]]
    yield responses(gateway, history, tools=tools, buys=1, note="by history")
    short = {**named, "status": "completed", "result": at(call, "result")}
    yield responses(gateway, [asked[0], short, user(WORD)], tools=tools, tool_choice="none", note="by short item")


@scenario()
def bogus_response_id(gateway: Gateway) -> Steps:
    """Continue a response that does not exist."""
    note = "an invented previous_response_id"
    yield responses(gateway, WORD, previous_response_id=NO_SUCH_RESPONSE, note=note)


@scenario(requests=6)
def stored(gateway: Gateway) -> Steps:
    """Fetch a stored response, then one that was not stored; delete the first, and fetch it again."""
    first: Exchange = yield responses(gateway, WORD, store=True, note="create")
    if not first.ok:
        return
    path = f"{first.request.path}/{plain_id(first)}"
    fetched: Exchange = yield get(gateway, path, note="fetch")
    if not fetched.ok:
        return  # without retrieval, a 404 for what was not stored means nothing
    second: Exchange = yield responses(gateway, WORD, store=False, note="create unstored")
    if second.ok:
        yield get(gateway, f"{second.request.path}/{plain_id(second)}", note="fetch unstored")
    deleted: Exchange = yield get(gateway, path).with_(method="DELETE", note="delete")
    if deleted.ok:
        yield get(gateway, path, note="fetch deleted")


def _first_turned_blue(evidence: Evidence, note: str, claim: Claim, fault_kind: str, refused_with: str) -> Finding:
    """Judge that the exchange with a note changed the first picture; `fault_kind` is the kind where it did not."""
    exchange = step(evidence, note, claim, refused_with=refused_with)
    return turned_from(evidence[0], exchange, fault_kind=fault_kind) if isinstance(exchange, Exchange) else exchange


@scenario(requests=2)
def input_listed(gateway: Gateway) -> Steps:
    """Ask for one word and store the response, then list its input items."""
    first: Exchange = yield responses(gateway, WORD, store=True, note="create")
    if first.ok and first.error is None:
        yield get(gateway, f"{first.request.path}/{plain_id(first)}/input_items", note="list")


@probe("responses.input_items", needs=input_listed, level="info", accepts=EVERYTHING)
def input_items_are_listed(evidence: Evidence, claim: Claim) -> Finding:
    """The input items of a stored response contain its input."""
    exchange = step(evidence, "list", claim)
    if not isinstance(exchange, Exchange):
        return exchange
    with exchange.placing_errors():
        items = at(exchange.json(), "data")
    if not isinstance(items, list) or evidence[0].request.prompt not in str(items):
        return malformed(
            "answer.fields", "`data` of the input items does not hold the input: {items}", items=json_text(items, 80)
        ).at(exchange.place)
    return honoured("the input items contain the input (items: {number})", number=len(items)).at(exchange.place)


@probe("responses.previous_response_id", needs=turns, accepts=EVERYTHING)
def previous_response_is_continued(evidence: Evidence, claim: Claim) -> Finding:
    """A request for another colour with the first response's id gives the same picture in that colour."""
    return _first_turned_blue(evidence, "by response id", claim, "state.context_lost", "state.not_stored")


@probe("responses.image_id_reference", needs=turns, accepts=EVERYTHING)
def picture_is_found_by_id(evidence: Evidence, claim: Claim) -> Finding:
    """An image_generation_call item with nothing but its id in the input refers to that picture."""
    return _first_turned_blue(evidence, "by picture id", claim, "state.context_lost", "state.item_refused")


@probe("responses.image_id_reference", needs=turns, level="should", accepts=EVERYTHING)
def short_picture_item_is_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """An image_generation_call item with id, status and result alone is accepted in the input."""
    exchange = step(evidence, "by short item", claim, refused_with="state.item_refused")
    return answered(exchange) if isinstance(exchange, Exchange) else exchange


@probe("responses.image_id_reference", needs=turns, level="should", accepts=EVERYTHING)
def whole_picture_item_is_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """An image_generation_call item is accepted in the input exactly as it was returned."""
    exchange = step(evidence, "by history", claim, refused_with="state.item_refused")
    if not isinstance(exchange, Exchange):
        return exchange
    return honoured("the item was sent as it was returned, and answered with {answer}", answer=came(exchange))


@probe("responses.history_replay", needs=turns, accepts=EVERYTHING)
def history_can_be_replayed(evidence: Evidence, claim: Claim) -> Finding:
    """The whole earlier output sent back as input is accepted, and the picture in it can be changed."""
    return _first_turned_blue(evidence, "by history", claim, "edit.input_ignored", "state.item_refused")


@probe("responses.previous_response_id_bogus_refused", needs=bogus_response_id, accepts=(REFUSAL,))
def bogus_response_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """An invented previous_response_id is refused, and not answered as a new conversation."""
    return all_refused(evidence.exchanges, claim, NO_SUCH_RESPONSE, fault_kind="state.context_lost")


def _fetched(exchange: Exchange, name: Json) -> Finding:
    with exchange.placing_errors():
        received = at(exchange.json(), "id")
    if received != name:
        return malformed(
            "answer.fields",
            "asked for the response {asked!q}, received {received}",
            asked=str(name),
            received=json_text(received),
        ).at(exchange.place)
    return honoured("GET returns the response {id!q}", id=str(name))


@probe("responses.retrieve", needs=stored, level="should", accepts=EVERYTHING)
def stored_response_is_found(evidence: Evidence, claim: Claim) -> Finding:
    """A response made with `store: true` can be fetched by its id, with the text that it had."""
    exchange = step(evidence, "fetch", claim, refused_with="state.not_stored")
    if not isinstance(exchange, Exchange):
        return exchange
    finding, written = _fetched(exchange, at(evidence[0].response, "id")), evidence[0].text
    is_other = exchange.text != written and (exchange.text or not exchange.response.get("output"))
    if finding.observed is Observed.HONOURED and is_other:
        return malformed(
            "answer.fields" if exchange.text else "answer.output_empty",
            "the response was created with the text {created!q}, and is fetched with the text {fetched!q}",
            created=written[:60],
            fetched=exchange.text[:60],
        ).at(exchange.place)
    return finding


_FETCHES: Final = {
    "fetch unstored": message("fetching a response created with `store: false`"),
    "fetch deleted": message("fetching a deleted response"),
}
"""How a message describes the request with each note."""


def _gone(evidence: Evidence, note: str, claim: Claim) -> Finding:
    """Judge that a fetch is answered with 404."""
    fetched = evidence.noted(note)
    if fetched is not None and fetched.status == 404:
        return honoured("{request}: {answer}", request=_FETCHES[note], answer=fetched.summary)
    exchange = step(evidence, note, claim, refused_with="state.not_stored")
    if not isinstance(exchange, Exchange):
        return exchange
    return ignored(
        "state.not_forgotten",
        "{request}: HTTP {status}, expected 404",
        request=_FETCHES[note],
        status=exchange.status,
    ).at(exchange.place)


@probe("responses.retrieve", needs=stored, level="should", accepts=EVERYTHING)
def unstored_response_is_not_found(evidence: Evidence, claim: Claim) -> Finding:
    """A response made with `store: false` cannot be fetched."""
    return _gone(evidence, "fetch unstored", claim)


@probe("responses.retrieve", needs=stored, level="should", accepts=EVERYTHING)
def deleted_response_is_not_found(evidence: Evidence, claim: Claim) -> Finding:
    """A response that was deleted cannot be fetched any more."""
    return _gone(evidence, "fetch deleted", claim)
