"""The vocabulary of streams as jsonschema keywords, judged over a whole sequence at once.

This is the plain reading of `schemas/vocabulary/stream.schema.json`: each keyword looks at the whole array, as often
as it likes. What judges live streams is `gateprobe.stream.keywords.order`, a machine compiled from the same documents;
the two share no code, and a test shows that they find the same. Each message begins with the rule, and its
path is the number of the event (empty where it is about the whole).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from gateprobe.schema import PREFIX, registry

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from gateprobe.model import Json

Event = dict[str, Any]
Errors = Iterator[ValidationError]
_Judge = Callable[[Any, list[Event]], Errors]


def sequence_validator(name: str) -> Validator:
    """Return a validator for a whole sequence of events: `order/responses`, `order/images-edit`."""
    return _VALIDATOR({"$ref": PREFIX + name}, registry=registry())


def _error(rule: str, at: int | None, message: str) -> ValidationError:
    return ValidationError(f"{rule}: {message}", path=() if at is None else (at,))


def _keyword(judge: _Judge) -> Callable[[Validator, Json, Json, Json], Errors]:
    """Make a jsonschema keyword of a judge; a list of clauses is judged clause by clause."""

    def keyword(_validator: Validator, definition: Json, instance: Json, _schema: Json) -> Errors:
        if isinstance(instance, list) and all(isinstance(event, dict) for event in instance):
            for clause in definition if isinstance(definition, list) else [definition]:
                yield from judge(clause, instance)

    return keyword


def _at(event: Json, path: list[str]) -> Json:
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def _values(value: Json, path: list[str]) -> list[Json]:
    if not path:
        return [value]
    if path[0] == "*":
        return [members for entry in (value if isinstance(value, list) else []) for members in _values(entry, path[1:])]
    return _values(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []


def _group(event: Event, by: list[str]) -> tuple[Json, ...] | None:
    values = tuple(event.get(name) for name in by)
    return values if all(isinstance(value, int | str) for value in values) else None


def _grouped(events: list[Event], by: list[str], types: Any = None) -> dict[tuple[Json, ...], list[int]]:
    """Return, per group, the numbers of its events."""
    groups: dict[tuple[Json, ...], list[int]] = defaultdict(list)
    for number, event in enumerate(events):
        group = _group(event, by)
        if group is not None and (types is None or event.get("type") in types):
            groups[group].append(number)
    return groups


def _known(clause: Json, events: list[Event]) -> Errors:
    for number, event in enumerate(events):
        kind = event["type"]
        if kind not in clause["types"]:
            inside = clause.get("prefix") and kind.startswith(clause["prefix"])
            yield _error(clause["undocumented" if inside else "foreign"], number, "not known")


def _first(clause: Json, events: list[Event]) -> Errors:
    if events and events[0]["type"] not in clause["types"]:
        yield _error(clause["rule"], 0, "not the first")


def _terminal(clause: Json, events: list[Event]) -> Errors:
    ends = [number for number, event in enumerate(events) if event["type"] in clause["types"]]
    excuses = {event["type"] for event in events} & set(clause.get("unless", ()))
    if not ends and not excuses:
        yield _error(clause["missing"], None, "no end")
    for number in range(ends[0] + 1 if ends else len(events), len(events)):
        yield _error(clause["twice" if number in ends else "after"], number, "after the end")


def _follows(clause: Json, events: list[Event]) -> Errors:
    for number, event in enumerate(events):
        if event["type"] != clause["after"]:
            continue
        if number + 1 < len(events):
            if events[number + 1]["type"] not in clause["next"]:
                yield _error(clause["rule"], number + 1, "does not follow")
        elif clause["after"] not in clause["next"]:
            yield _error(clause["rule"], None, "nothing follows")


def _sequential(clause: Json, events: list[Event]) -> Errors:
    for number, event in enumerate(events):
        own_group = _group(event, clause["by"])
        if event["type"] != clause["opens"] or own_group is None:
            continue
        for group, members in _grouped(events[:number], clause["by"]).items():
            marks = [m for m in members if events[m]["type"] in {clause["opens"], clause["closes"]}]
            if group != own_group and marks and events[marks[-1]]["type"] == clause["opens"]:
                yield _error(clause["rule"], number, "opens inside another")
                break


def _counts(clause: Json, events: list[Event]) -> Errors:
    field, types = clause["field"], clause.get("types")
    groups = _grouped(events, clause["by"], types)
    with_field = [n for members in groups.values() for n in members if type(events[n].get(field)) is int]
    for members in groups.values():
        for number in members:
            value = events[number].get(field)
            before = [v for m in members if m < number and type(v := events[m].get(field)) is int]
            if type(value) is not int:
                if with_field and "absent" in clause:
                    yield _error(clause["absent"], number, "no number")
            elif not before:
                if "start" in clause and "from" in clause and value != clause["from"]:
                    yield _error(clause["start"], number, "wrong start")
            elif value != max(before) + 1:
                rule = "repeated" if value == max(before) else "backwards" if value < max(before) else "gap"
                yield _error(clause[rule], number, "wrong number")
    if any(groups.values()) and not with_field and "everywhere" in clause:
        yield _error(clause["everywhere"], None, "no numbers")


def _identities(clause: Json, events: list[Event]) -> Errors:
    places = clause["at"]
    for members in _grouped(events, clause["by"]).values():
        stated = [
            (number, value)
            for number in members
            if (path := places.get(events[number]["type"], places.get("*")))
            and isinstance(value := _at(events[number], path), str)
        ]
        for number, value in stated:
            if value != stated[0][1]:
                yield _error(clause["rule"], number, "another value")


def _distinct(clause: Json, events: list[Event]) -> Errors:
    stated = [(n, _at(e, clause["path"])) for n, e in enumerate(events) if e["type"] == clause["type"]]
    for number, value in stated:
        if isinstance(value, str) and any(n < number and v == value for n, v in stated):
            yield _error(clause["rule"], number, "used before")


def _pictures(clause: Json, events: list[Event]) -> Errors:
    for members in _grouped(events, clause["by"], clause["at"]).values():
        pictures = [_at(events[m], clause["at"][events[m]["type"]]) for m in members]
        for place, number in enumerate(members):
            if isinstance(pictures[place], str) and pictures[place] in pictures[:place]:
                yield _error(clause["same"], number, "the same picture")


def _lifecycles(clause: Json, events: list[Event]) -> Errors:
    steps = clause["steps"]
    step_of = {kind: at for at, step in enumerate(steps) for kind in step["types"]}
    ends = clause.get("complete", {"types": [], "by": []})
    for group, members in _grouped(events, clause["by"], step_of).items():
        outer = group[: len(ends["by"])]
        completes = _grouped(events, ends["by"], ends["types"]).get(outer, [])
        taken = [step_of[events[number]["type"]] for number in members]
        for place, number in enumerate(members):
            at = taken[place]
            most = steps[at].get("max")
            most = most["otherwise"] if isinstance(most, dict) else most
            if most is not None and taken[: place + 1].count(at) > most:
                yield _error(steps[at].get("repeated", clause["repeated"]), number, "too often")
            elif any(earlier > at for earlier in taken[:place]):
                yield _error(clause["late"], number, "too late")
        for at, step in enumerate(steps):
            if step.get("min"):
                yield from _absences(clause, at, members, taken, completes)


def _absences(clause: Json, at: int, members: list[int], taken: list[int], completes: list[int]) -> Errors:
    """Return where a step that must be taken was first missed: at a later step, or at the completing event."""
    never = 1 + max([*members, *completes])
    first = next((n for n, step in zip(members, taken, strict=True) if step == at), never)
    later = next((n for n, step in zip(members, taken, strict=True) if step > at), never)
    complete = next((n for n in completes if n >= members[0]), never)
    if "unfinished" in clause and complete < first and complete < later:
        yield _error(clause["unfinished"], complete, "not finished")
    elif later < first:
        rule = clause["steps"][at].get("missing", clause.get("missing"))
        if rule is not None:
            yield _error(rule, later, "a step is missing")


def _collects(clause: Json, events: list[Event]) -> Errors:
    for members in _grouped(events, clause["by"], {**clause["each"], **clause["whole"]}).values():
        stated: list[Json] = []
        for number in members:
            kind = events[number]["type"]
            if kind in clause["each"]:
                stated.append(_at(events[number], clause["each"][kind]))
            elif isinstance(whole := _at(events[number], clause["whole"][kind]), list):
                if whole != stated:
                    yield _error(clause["rule"], number, "other entries")
                stated = []


def _rebuilds(clause: Json, events: list[Event]) -> Errors:
    places = {**clause["deltas"], **clause["wholes"]}
    for members in _grouped(events, clause["by"], places).values():
        texts = [(n, events[n]["type"], _at(events[n], places[events[n]["type"]])) for n in members]
        texts = [(n, kind, text) for n, kind, text in texts if isinstance(text, str)]
        deltas = [n for n, kind, _ in texts if kind in clause["deltas"]]
        direct = next(iter(clause["wholes"]))
        wholes = [
            (n, kind, text)
            for n, kind, text in texts
            if kind in clause["wholes"] and (kind == direct or any(d < n for d in deltas))
        ]
        if not wholes:
            continue
        first, _, whole = wholes[0]
        if "".join(text for n, kind, text in texts if kind in clause["deltas"] and n < first) != whole:
            yield _error(clause["rule"], first, "not what the deltas make")
        for number, kind, text in texts:
            if number > first and kind in clause["wholes"] and text != whole:
                yield _error(clause["rule"], number, "another text")


def _agrees(clause: Json, events: list[Event]) -> Errors:
    for number, event in enumerate(events):
        final = _at(event, clause["final"].get(event["type"], [""]))
        if event["type"] not in clause["final"] or not isinstance(final, list):
            continue
        items = [item for item in final if isinstance(item, dict)]
        done, opened = (_items(clause, events[:number], clause[which]) for which in ("done", "opened"))
        if done and not items:
            yield _error(clause["empty"], number, "empty")
            continue
        ids = [item.get("id") for item in items]
        lost = [at for at, item in opened.items() if at not in done and item.get("id") not in ids]
        if event["type"] == clause["complete"] and lost and len(items) <= len(done):
            yield _error(clause["lost"], number, "lost")
        was = [done[at] for at in sorted(done)]
        if len(was) == len(items):
            pairs = list(zip(was, items, strict=True))
        else:
            pairs = [(w, i) for w in was for i in items if isinstance(w.get("id"), str) and w["id"] == i.get("id")]
            known = [w.get("id") for w in was] + [i.get("id") for i in opened.values()]
            order = [ids.index(w["id"]) for w in was if isinstance(w.get("id"), str) and w["id"] in ids]
            strange = any(w.get("id") not in ids for w in was) or any(name not in known for name in ids)
            if strange or order != sorted(order):
                yield _error(clause["items"], number, "other items")
        for pair, other in pairs:
            if (pair.get("id"), pair.get("type")) != (other.get("id"), other.get("type")):
                yield _error(clause["items"], number, "another item")
            elif any(_values(pair, p) != _values(other, p) for p in _fields(clause, pair)):
                yield _error(clause["content"], number, "other content")


def _items(clause: Json, events: list[Event], places: Json) -> dict[int, Event]:
    return {
        at: item
        for event in events
        if event["type"] in places
        and type(at := event.get(clause["index"])) is int
        and isinstance(item := _at(event, places[event["type"]]), dict)
    }


def _fields(clause: Json, item: Event) -> list[list[str]]:
    kind = item.get("type")
    return [name.split(".") for name in clause["fields"].get(kind, ())] if isinstance(kind, str) else []


def _expects(validator: Validator, subschema: Json, instance: Json, _schema: Json) -> Errors:
    """Ignore `expects`: sequences are judged at level `must` and by their rules' own levels."""
    del validator, subschema, instance
    return iter(())


@cache
def keywords() -> dict[str, Callable[[Validator, Json, Json, Json], Errors]]:
    """Return every keyword about sequences, as jsonschema calls it."""
    judges: dict[str, _Judge] = {
        "known": _known,
        "first": _first,
        "terminal": _terminal,
        "follows": _follows,
        "sequential": _sequential,
        "counts": _counts,
        "identities": _identities,
        "distinct": _distinct,
        "pictures": _pictures,
        "lifecycles": _lifecycles,
        "rebuilds": _rebuilds,
        "collects": _collects,
        "agrees": _agrees,
    }
    return {name: _keyword(judge) for name, judge in judges.items()} | {"expects": _expects}


_VALIDATOR: Final[type[Validator]] = extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
    Draft202012Validator, keywords()
)
