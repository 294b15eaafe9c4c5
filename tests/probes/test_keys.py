"""Keys where they are checked last: one character, streams, WebSockets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.model import Cause, Observed
from gateprobe.request import Auth, Request, altered, invented
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.misdeeds import always
from tests.support.evidence.painter import sse
from tests.support.evidence.playing import Answer, judged, lost, refusal

UNKNOWN_KEY = refusal("Incorrect API key provided.", code="invalid_api_key", status=401)
COMPLETED = sse([{"type": "response.completed", "response": text_response(), "sequence_number": 0}])


@given(st.text(min_size=1))
def test_an_altered_key_differs_in_its_last_character(key: str) -> None:
    """It has the same length and the same beginning."""
    other = altered(key)
    assert other != key
    assert (len(other), other[:-1]) == (len(key), key[:-1])
    assert other.lower() != key.lower()


@given(st.text(st.sampled_from("aZ09-_"), min_size=2, max_size=60), st.integers(0))
def test_an_invented_key_differs_in_one_character(key: str, seed: int) -> None:
    """It has the same length, the same beginning and one other character; each run draws its own."""
    other = invented(key, seed)
    assert len(other) == len(key)
    assert sum(old != new for old, new in zip(key, other, strict=True)) == 1
    assert other[: min(8, len(key) // 2)] == key[: min(8, len(key) // 2)]
    assert other == invented(key, seed)


def test_each_run_invents_another_key() -> None:
    """A gateway that learns the invented key of one run does not know that of the next."""
    key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
    keys = {invented(key, seed) for seed in range(100)}
    assert len(keys) > 90
    assert {other[-8:] for other in keys} == {key[-8:]}  # a gateway may compare nothing else


def test_an_endpoint_that_is_missing_for_an_invented_key_alone_is_judged() -> None:
    """A 404 that the right key does not get is a refusal with another status than 401; one that it gets is none."""
    gone = refusal("Not found", code="not_found", status=404)

    def hides(request: Request) -> Answer:
        return Answer(text_response()) if request.auth is Auth.KEY else gone

    assert judged("bogus_key_is_refused", hides).observed is Observed.HONOURED
    assert judged("bogus_key_is_refused_with_401", hides).fault_kind == "errors.status_wrong"
    assert judged("bogus_key_is_refused_with_401", lambda _request: gone).observed is Observed.UNOBSERVED


def test_the_work_under_a_refusal_is_an_accepted_key() -> None:
    """A gateway that gives an invented key what it asked for accepts it, also with the status 401."""
    gives = Answer(text_response(), status=401)
    record = judged("bogus_key_is_refused", lambda _request: gives)
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "auth.key_not_checked")
    assert judged("bogus_key_is_refused", lambda _request: UNKNOWN_KEY).observed is Observed.HONOURED


def test_the_sentence_says_of_how_many_endpoints() -> None:
    """A refusal on some endpoints is not told as one on all."""
    record = judged(
        "bogus_key_is_refused",
        lambda request: refusal("no", status=404) if request.path == "/models" else UNKNOWN_KEY,
    )
    assert str(record.message).startswith("an invented key was refused on 3 of 4 endpoints: ")


def test_a_stored_response_for_everybody_is_found() -> None:
    """A stored response is given to whoever knows its id, or to its owner alone."""
    stored = Answer(text_response())
    for probe in ("bogus_key_fetches_no_stored_response", "missing_key_fetches_no_stored_response"):
        assert judged(probe, lambda _request: stored).fault_kind == "auth.key_not_checked"
        kept = judged(probe, lambda request: stored if request.auth is Auth.KEY else UNKNOWN_KEY)
        assert kept.observed is Observed.HONOURED
        never = judged(probe, lambda request: stored if request.method == "POST" else refusal("no", status=404))
        assert never.observed is Observed.UNOBSERVED


def test_a_key_that_is_looked_up_by_its_beginning_is_found() -> None:
    """The right key with another last character is accepted."""
    record = judged("altered_key_is_refused", lambda _request: Answer(text_response()))
    assert (record.observed, record.fault_kind) == (Observed.IGNORED, "auth.key_not_checked")
    assert judged("altered_key_is_refused", lambda _request: UNKNOWN_KEY).observed is Observed.HONOURED


def test_a_stream_without_a_key_is_found() -> None:
    """Streams are opened to everybody, other requests are not."""

    def gives(request: Request) -> Answer:
        open_to_all = request.streams and not request.of_images
        return COMPLETED if open_to_all or request.auth is Auth.KEY else UNKNOWN_KEY

    for probe in ("bogus_key_opens_no_stream", "missing_key_opens_no_stream"):
        assert judged(probe, gives).fault_kind == "auth.key_not_checked"
        assert judged(probe, lambda _request: UNKNOWN_KEY).observed is Observed.HONOURED


def test_an_error_on_the_stream_is_a_refusal() -> None:
    """What matters is that no answer comes; the status is judged elsewhere."""
    error = {"type": "error", "error": {"message": "Incorrect API key", "type": "", "code": None, "param": None}}
    assert judged("bogus_key_opens_no_stream", lambda _request: sse([error])).observed is Observed.HONOURED


def test_one_endpoint_that_breaks_hides_no_other() -> None:
    """A stream that was opened is found although the next request is lost."""
    record = judged(
        "bogus_key_opens_no_stream", lambda request: lost(Cause.NETWORK) if request.of_images else COMPLETED
    )
    assert record.fault_kind == "auth.key_not_checked"


def test_a_websocket_is_refused_in_its_handshake_or_closed() -> None:
    """A gateway without WebSockets is not asked about them."""
    for answer in (UNKNOWN_KEY, lost().but(status=101)):
        assert judged("bogus_key_opens_no_websocket", always(answer)).observed is Observed.HONOURED
    for status in (400, 404, 426, 500):
        record = judged("missing_key_opens_no_websocket", always(Answer(status=status)))
        assert (record.observed, record.optional) == (Observed.UNOBSERVED, True)
