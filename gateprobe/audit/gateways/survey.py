"""The first requests of an audit: which endpoints and models a gateway has, found by free requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gateprobe.audit.gateways.targets import Target
from gateprobe.evidence import EVERYTHING, Evidence, Failure, MalformedAnswerError, entries
from gateprobe.formats.words import count, few
from gateprobe.gateway import Gateway, Models, reference
from gateprobe.judge.surfaces import Surface, Survey, no_api_message, read_survey
from gateprobe.message import Message, message
from gateprobe.model import EMPTY, Cause, Json
from gateprobe.probe import SURVEY
from gateprobe.scenario import SCENARIOS, ScenarioRun


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A gateway after its survey: with the models to ask for, and the endpoints that are not asked.

    `absent` has the reason by path. `notices` are sentences for the user before anything else. `slow` is set where the
    survey stopped because no answer came in time.
    """

    target: Target
    absent: Mapping[str, Failure] = field(default_factory=lambda: EMPTY)
    notices: tuple[str, ...] = ()
    slow: bool = False

    @property
    def stopped(self) -> bool:
        """Whether nothing more is asked of the gateway."""
        return EVERYTHING in self.absent


def survey_run() -> ScenarioRun:
    """Return the scenario that asks which endpoints are there."""
    return SCENARIOS[SURVEY].of()


IMPATIENT: Final = 2
"""How many failures in a row end a survey, and then an audit of a gateway whose survey ended so."""

_SMALLEST_LIMIT: Final = 60  # requests: within a lower limit, no survey is sent


def is_surveyed(gateway: Gateway, scenario_runs: Iterable[ScenarioRun], requests: int | None) -> bool:
    """Return whether a gateway is surveyed before some scenarios, within a limit of requests.

    One that gateprobe serves itself is known. Where nothing is bought, or few requests are allowed, nothing more than
    what was selected is sent.
    """
    buys = any(scenario_run.images for scenario_run in scenario_runs)
    return buys and not gateway.embedded and (requests is None or requests >= _SMALLEST_LIMIT)


def apply_survey(target: Target, captured: Mapping[str, Evidence]) -> Surveyed:
    """Return a target as its stored survey changes it: the models to ask for, and the endpoints that are not asked."""
    evidence = captured.get(SURVEY)
    survey = read_survey(evidence)
    blocked = evidence.blocked if evidence is not None else None
    if not survey.answers or (blocked is not None and blocked.cause is Cause.TIMEOUT):
        return Surveyed(target, slow=bool(survey.answers))
    if survey.is_without_api:
        return _stopped(target, no_api_message(target.gateway, survey))
    listed = listed_models(survey)
    target, notices, stop = _with_models(target, survey, listed)
    if stop is not None:
        return _stopped(target, stop)
    absent = {path: _absent(path) for path in survey.paths}
    if target.gateway.adopted and _is_chat_only(survey):
        paths = replace(target.gateway.baseline.paths, responses=None, generations=None, edits=None)
        baseline = replace(target.gateway.baseline, paths=paths)
        target = replace(target, gateway=replace(target.gateway, baseline=baseline))
    return Surveyed(target, absent, notices)


def apply_relay_survey(target: Target, captured: Mapping[str, Evidence]) -> Surveyed:
    """Return a relay as its stored survey changes it.

    It keeps its models, since its upstream draws with any. Every endpoint is asked, since both sides show each outcome.
    """
    result = apply_survey(target, captured)
    if result.stopped:
        unlisted = apply_survey(replace(target, gateway=replace(target.gateway, adopted=False)), captured)
        result = result if unlisted.stopped else Surveyed(target)
    return replace(result, absent={path: why for path, why in result.absent.items() if path == EVERYTHING})


def _is_chat_only(survey: Survey) -> bool:
    """Return whether chat completions answer and OpenAI's drawing endpoints are missing."""
    drawing = (Surface.RESPONSES, Surface.GENERATIONS)
    return survey.present(Surface.CHAT) and all(map(survey.absent, drawing))


def _stopped(target: Target, why: Message) -> Surveyed:
    failure = Failure(Cause.PREREQUISITE, why, absent=EVERYTHING)
    return Surveyed(target, {EVERYTHING: failure}, (str(why),))


def _absent(path: str) -> Failure:
    return Failure(Cause.PREREQUISITE, message("no such endpoint: POST {path}", path=path), absent=path)


_MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}")  # safe as the value of an option

_DRAWS: Final = re.compile(
    r"image|dall-?e|\bflux|\bsd\d|\bsdxl|diffusion|imagen|seedream|midjourney|\bmj\b|recraft|ideogram|kolors|hidream"
    r"|cogview|banana|paint|picture|draw|t2i|img",
    re.IGNORECASE,
)
_READS: Final = re.compile(r"image-to-text|\bvl\b|vision|ocr|caption|embed|image-?guard|moderation", re.IGNORECASE)
_STATED: Final = ("type", "modality", "mode", "output_modalities", "modalities", "capabilities", "supported_endpoints")


def listed_models(survey: Survey) -> Mapping[str, Mapping[str, Json]]:
    """Return the entries of the models list by id; none where there is no list."""
    answers = [answer for answer in survey.answers.get(Surface.MODELS, ()) if answer.ok]
    try:
        rows = [entry for answer in answers for entry in entries(answer.json(), "models.list_wrong")]
    except MalformedAnswerError:
        return {}
    return {name: row for row in rows if isinstance(name := row.get("id"), str) and _MODEL_ID.fullmatch(name)}


def image_models(listed: Mapping[str, Mapping[str, Json]]) -> tuple[str, ...]:
    """Return the listed models that look like image models: by what their entries state, else by their names."""
    return tuple(name for name, entry in listed.items() if _states_images(entry) or _has_image_name(name))


def _states_images(entry: Mapping[str, Json]) -> bool:
    architecture = entry.get("architecture")
    stated = {**architecture, **entry} if isinstance(architecture, dict) else entry
    return any("image" in _outputs(stated.get(name)) for name in _STATED)


def _outputs(value: Json) -> str:
    """Return the outputs of a model that a field states, in lower case."""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return text.lower().rpartition("->")[2] if not isinstance(value, dict) else ""


def _has_image_name(name: str) -> bool:
    return _DRAWS.search(name) is not None and _READS.search(name) is None


def _with_models(
    target: Target, survey: Survey, listed: Mapping[str, Mapping[str, Json]]
) -> tuple[Target, tuple[str, ...], Message | None]:
    """Return a target with models that its list has, the sentences about them, and why nothing can be drawn.

    Only a bare URL without a named image model is changed. A model that a file names is used; one that a user names is
    used if it is listed, or if no listed model looks like an image model.
    """
    gateway, model = target.gateway, target.gateway.models.image
    is_named = model != reference().models.image or gateway.name != gateway.provider
    if not gateway.adopted or not listed or model in listed or (is_named and not image_models(listed)):
        return target, (), None
    if not any(map(survey.present, (Surface.GENERATIONS, Surface.RESPONSES, Surface.CHAT))):
        return target, (), None
    names = image_models(listed)
    if not names and len(listed) == 1 and not survey.present(Surface.RESPONSES):
        names = tuple(listed)
    same = [name for name in names if name.rpartition("/")[2] == model]
    chosen = same or list(names)
    if len(chosen) == 1 and not is_named:
        notice = f"{gateway.name} does not list {model}; {chosen[0]} is asked to draw"
        return replace(target, gateway=_drawing_with(gateway, chosen[0])), (notice,), None
    if names:
        return (
            target,
            (),
            message(
                "{gateway} does not list {model}; image models seem to be {names}: name one with --image-model",
                gateway=gateway.name,
                model=model,
                names=few(list(names)),
            ),
        )
    return (
        target,
        (),
        message(
            "{gateway} lists {models}, none of which looks like an image model: name one with --image-model",
            gateway=gateway.name,
            models=f"{count(len(listed), 'model')} ({few(list(listed))})",
        ),
    )


def _drawing_with(gateway: Gateway, model: str) -> Gateway:
    return replace(gateway, models=Models(gateway.models.text, model))
