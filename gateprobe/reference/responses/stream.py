"""How a response comes about, event by event, in the order of recorded streams."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.prompt import scenes
from gateprobe.reference.drawing.renderer import Draft, Job, Picture, Renderer
from gateprobe.reference.drawing.sight import colour_of
from gateprobe.reference.http.exchange import Frame, RefusalError
from gateprobe.reference.ids import IdFactory
from gateprobe.reference.images.endpoint import blocked
from gateprobe.reference.responses.body import response_body, text_usage
from gateprobe.reference.responses.conversation import (
    Context,
    DrawnPicture,
    TextMessage,
    last_text,
    pictures_given_now,
    users,
)
from gateprobe.reference.responses.intent import asks_for_colour, is_blocked, reply, revised
from gateprobe.reference.responses.request import Request, ResponsesBehaviour
from gateprobe.reference.responses.steering import STEERED, Steer
from gateprobe.reference.responses.tools import ImageTool
from gateprobe.reference.state import PersonaState, StoredResponse
from gateprobe.reference.tokens import ImageUsage

_BEAT: Final = 10.0
"""Seconds between two `keepalive` events while a picture is drawn."""
_CHARACTERS_PER_TOKEN: Final = 4


class ResponseStream:
    """One response in the making: `frames` tells it as a stream and leaves the finished one in `result`."""

    def __init__(
        self,
        state: PersonaState,
        renderer: Renderer,
        behaviour: ResponsesBehaviour,
        request: Request,
        *,
        warm_up: bool = False,
        pace: float = 0.0,
    ) -> None:
        self._state = state
        self._renderer = renderer
        self._behaviour = behaviour
        self._request = request
        self._warm_up = warm_up
        self._pace = pace
        self._created = int(state.clock())
        self._ids = IdFactory(self._created)
        self._name = self._ids.make("resp")
        self._number = 0
        self._output: list[Json] = []
        self._context: list[TextMessage | DrawnPicture] = list(request.context)
        self._images = ImageUsage()
        self._answer = ""
        self._cut = ""
        self._answers: list[tuple[str, dict[str, Json]]] = []
        self._ended = False
        self._reasoned = False
        self.result: dict[str, Json] = {}
        self.stored: StoredResponse | None = None
        self.steers: list[Steer] = []

    @property
    def name(self) -> str:
        """The response's id."""
        return self._name

    @property
    def required(self) -> list[Json]:
        """The outputs of the client's own functions that the response waits for, without what they return."""
        calls = (item for item in self._output if item["type"] == "function_call")
        return [{"type": "function_call_output", "call_id": call["call_id"], "name": call["name"]} for call in calls]

    @property
    def steerable(self) -> bool:
        """Whether the response takes steering input at all: not where it is bound to a conversation."""
        return self._request.conversation is None and not self._request.fields.get("context_management")

    @property
    def ended(self) -> bool:
        """Whether the response takes no more steering input."""
        return self._ended

    def steer(self, steer: Steer) -> None:
        """Queue steering input and acknowledge it; a running answer stops for it where it can."""
        self.steers.append(steer)
        self.answer("response.steer.accepted", {"steer": steer.as_json()})

    def answer(self, kind: str, fields: dict[str, Json]) -> None:
        """Put an event about a steering message among the events that are still to come."""
        self._answers.append((kind, fields))

    def event_after_end(self, kind: str, fields: dict[str, Json]) -> Frame:
        """Make an event about a steering message that came too late."""
        return self._event(kind, **fields)

    def unfinished(self, status: str) -> dict[str, Json]:
        """Return the response in a status in which it has no output."""
        return response_body(self._request, name=self._name, created=self._created, status=status, output=[])

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield the response's events, at its pace, with the answers to steering messages between them."""
        async for frame in self._frames():
            yield frame
            if self._pace and not self._ended:
                await asyncio.sleep(self._pace)
            while self._answers and not self._ended:
                kind, fields = self._answers.pop(0)
                yield self._event(kind, **fields)

    async def _frames(self) -> AsyncIterator[Frame]:
        """Yield the response's own events; a failure ends it with `error` and `response.failed`."""
        if self._request.background:
            yield self._event("response.created", response=self._body("queued"))
            yield self._event("response.queued", response=self._body("queued"))
        else:
            yield self._event("response.created", response=self._body("in_progress"))
        yield self._event("response.in_progress", response=self._body("in_progress"))
        prompt = last_text(self._request.context)
        tool = self._request.tool
        if is_blocked(prompt) and tool is not None:
            for frame in self._failed(blocked()):
                yield frame
            return
        if not self._warm_up:
            async for frame in self._outcome(prompt):
                yield frame
        status = "incomplete" if self._cut else "completed"
        self._ended = True
        self.result = self._finished(status)
        self._remember()
        yield self._event(f"response.{status}", response=self.result)

    async def _outcome(self, prompt: str) -> AsyncIterator[Frame]:
        """Yield the events of what is called or said: a function, the image tool, or a text."""
        if self._request.function is not None:
            for frame in self._function_call(self._request.function):
                yield frame
        elif self._request.tool is not None:
            async for frame in self._pictures(self._request.tool, prompt):
                yield frame
        else:
            earlier = [message.text for message in users(self._request.context)[:-1]]
            given = pictures_given_now(self._request.context)
            colour = await asyncio.to_thread(colour_of, given[0]) if given and asks_for_colour(prompt) else ""
            if self._effort not in (None, "none", "minimal"):
                for frame in self._reasoning():
                    yield frame
            instructions = str(self._request.fields.get("instructions") or "")
            for frame in self._message(colour or reply(prompt, earlier, instructions)):
                yield frame

    def _event(self, kind: str, **fields: Json) -> Frame:
        """Make the next event: its type first, then the keys in alphabetical order (recorded since 2026)."""
        members = {**fields, "sequence_number": self._number}
        self._number += 1
        return Frame({"type": kind, **dict(sorted(members.items()))}, kind)

    def _body(self, status: str, **more: Json) -> dict[str, Json]:
        return response_body(
            self._request, name=self._name, created=self._created, status=status, output=[*self._output], **more
        )

    def _finished(self, status: str) -> dict[str, Json]:
        calls = sum(1 for item in self._output if item["type"] == "image_generation_call")
        return self._body(
            status,
            usage=text_usage(self._request, self._answer, calls=calls, reasoned=self._reasoned),
            images=self._images,
            cut=self._cut,
            completed=int(self._state.clock()) if status == "completed" else None,
        )

    def _failed(self, refused: RefusalError) -> Iterator[Frame]:
        """End with an error: the nested event, then `response.failed` (recorded traffic)."""
        self._ended = True
        code, message = refused.error["code"], refused.error["message"]
        self.result = self._body("failed", error={"code": code, "message": message})
        yield self._event("error", error=refused.error)
        yield self._event("response.failed", response=self.result)

    def _remember(self) -> None:
        """Keep what later turns and requests may ask for."""
        stored = StoredResponse(as_json_body(self.result), self._request.given.items, self._context_after())
        self.stored = stored
        conversation = self._state.conversations.get(self._request.conversation or "")
        if conversation is not None:
            self._state.conversations.put(str(conversation.body["id"]), replace(conversation, context=stored.context))
        if self._request.store:
            self._state.responses.put(self._name, stored)
            for item, drew in zip(self._calls(), self._drawn(), strict=True):
                self._state.pictures.put(str(item["id"]), drew.picture)

    def _calls(self) -> list[Json]:
        return [item for item in self._output if item["type"] == "image_generation_call"]

    def _drawn(self) -> list[DrawnPicture]:
        return [each for each in self._context[len(self._request.context) :] if isinstance(each, DrawnPicture)]

    def _context_after(self) -> Context:
        answer = (TextMessage("assistant", self._answer),) if self._answer else ()
        return (*self._context, *answer)

    async def _pictures(self, tool: ImageTool, prompt: str) -> AsyncIterator[Frame]:
        if self._effort != "none":
            for frame in self._reasoning():
                yield frame
        sources = self._request.sources
        wanted = (scenes(prompt) if not sources else scenes(prompt)[:1])[: self._request.most_calls]
        for turn, what in enumerate(wanted):
            if self.steers:
                self._cut = STEERED
                return
            mask = tool.mask if sources else None
            job = Job(prompt, what, tool.settings, sources, mask, turn)
            async for frame in self._picture(job):
                yield frame
        if self._behaviour.closes_with_text:
            for frame in self._message(""):
                yield frame

    @property
    def _effort(self) -> Json:
        return (self._request.fields.get("reasoning") or {}).get("effort")

    def _reasoning(self) -> Iterator[Frame]:
        """Yield the events of a reasoning item, encrypted where that is asked for (`include`)."""
        if not self._behaviour.reasons:
            return
        self._reasoned = True
        item = {"id": self._ids.make("rs"), "type": "reasoning", "content": [], "summary": []}
        if "reasoning.encrypted_content" in self._request.include:
            item["encrypted_content"] = f"gAAAAAB{secrets.token_urlsafe(180)}"
            self._state.reasoning.put(str(item["encrypted_content"]), self._name)
        yield from self._item(item)

    def _function_call(self, function: str) -> Iterator[Frame]:
        """Yield the events of a call of the client's own function, without arguments."""
        name, place = self._ids.make("fc"), len(self._output)
        at: dict[str, Json] = {"output_index": place, "item_id": name}
        begun = {"id": name, "type": "function_call", "call_id": self._ids.make("call"), "name": function}
        item = {**begun, "status": "in_progress", "arguments": ""}
        yield self._event("response.output_item.added", output_index=place, item=item)
        noise = {"obfuscation": secrets.token_urlsafe(8)} if self._request.obfuscate else {}
        yield self._event("response.function_call_arguments.delta", **at, delta="{}", **noise)
        yield self._event("response.function_call_arguments.done", **at, name=function, arguments="{}")
        item = {**begun, "status": "completed", "arguments": "{}"}
        self._output.append(item)
        yield self._event("response.output_item.done", output_index=place, item=item)

    def _item(self, item: dict[str, Json]) -> Iterator[Frame]:
        """Yield the events of an item without content."""
        place = len(self._output)
        yield self._event("response.output_item.added", output_index=place, item=item)
        self._output.append(item)
        yield self._event("response.output_item.done", output_index=place, item=item)

    async def _picture(self, job: Job) -> AsyncIterator[Frame]:
        """Yield the events of one picture: added, in_progress, generating, keepalive or partials, done.

        No `image_generation_call.completed`: OpenAI stopped sending it in 2026-03.
        """
        name, place = self._ids.make("ig"), len(self._output)
        at: dict[str, Json] = {"output_index": place, "item_id": name}
        begun = {"id": name, "type": "image_generation_call", "status": "in_progress"}
        yield self._event("response.output_item.added", output_index=place, item=begun)
        yield self._event("response.image_generation_call.in_progress", **at)
        yield self._event("response.image_generation_call.generating", **at)
        if self._behaviour.heartbeat:
            yield self._event("keepalive")
        drawing = asyncio.create_task(self._renderer.draft(job))
        try:
            while self._behaviour.heartbeat and not (await asyncio.wait({drawing}, timeout=_BEAT))[0]:
                yield self._event("keepalive")
            draft = await drawing
        finally:
            drawing.cancel()
        asked = job.settings.partials or 0
        steps = self._behaviour.partials.sketches(asked) if self._request.stream else 0
        for step in range(steps):
            yield self._partial(draft, at, step, await self._renderer.sketch(draft, step, steps))
        final = self._renderer.finish(draft)
        if self._behaviour.partials.repeats_whole(asked):
            yield self._partial(draft, at, 0, final)
        self._images += draft.usage.with_partials(steps)
        self._context.append(DrawnPicture(draft.readable))
        item = {
            **begun,
            "status": self._behaviour.streamed_status,
            "action": "edit" if job.sources else "generate",
            **_looks(draft),
            "result": final.base64,
            "revised_prompt": revised(job.prompt),
        }
        self._output.append(item)
        yield self._event("response.output_item.done", output_index=place, item=item)

    def _partial(self, draft: Draft, at: dict[str, Json], step: int, made: Picture) -> Frame:
        return self._event(
            "response.image_generation_call.partial_image",
            **at,
            **_looks(draft),
            partial_image_b64=made.base64,
            partial_image_index=step,
        )

    def _message(self, text: str) -> Iterator[Frame]:
        """Yield the events of a message; an empty one has no deltas (recorded after a picture)."""
        most = self._request.most_tokens
        if most is not None and len(text) > most * _CHARACTERS_PER_TOKEN:
            text, self._cut = text[: most * _CHARACTERS_PER_TOKEN], "max_output_tokens"
        name, place = self._ids.make("msg"), len(self._output)
        at: dict[str, Json] = {"output_index": place, "item_id": name, "content_index": 0}
        begun: dict[str, Json] = {"id": name, "type": "message", "role": "assistant", "phase": "final_answer"}
        empty = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
        yield self._event(
            "response.output_item.added", output_index=place, item={**begun, "status": "in_progress", "content": []}
        )
        yield self._event("response.content_part.added", **at, part=empty)
        for start in range(0, len(text), _CHARACTERS_PER_TOKEN):
            if self.steers:
                text, self._cut = text[:start], STEERED
                break
            noise = {"obfuscation": secrets.token_urlsafe(8)} if self._request.obfuscate else {}
            delta = text[start : start + _CHARACTERS_PER_TOKEN]
            yield self._event("response.output_text.delta", **at, delta=delta, logprobs=[], **noise)
        full = {**empty, "text": text}
        yield self._event("response.output_text.done", **at, text=text, logprobs=[])
        yield self._event("response.content_part.done", **at, part=full)
        item = {**begun, "status": "incomplete" if self._cut else "completed", "content": [full]}
        self._output.append(item)
        self._answer = text
        yield self._event("response.output_item.done", output_index=place, item=item)


def _looks(draft: Draft) -> dict[str, Json]:
    """Report a picture's effective parameters, never `auto` (recorded traffic)."""
    return {
        "background": draft.background,
        "output_format": draft.job.settings.output_format,
        "quality": draft.job.settings.effective_quality,
        "size": draft.size,
        **({"svg_usage": draft.svg_usage} if draft.svg_usage else {}),
    }


def as_json_body(body: dict[str, Json]) -> dict[str, Json]:
    """Return a finished response as JSON answers carry it: finished pictures say `completed`, and who pays."""
    output = [
        {**item, "status": "completed"} if item["type"] == "image_generation_call" else item for item in body["output"]
    ]
    return {**body, "output": output, "billing": {"payer": "developer"}}
