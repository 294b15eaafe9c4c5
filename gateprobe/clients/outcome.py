"""What a client made of one answer, as it is stored in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, TypeGuard

from gateprobe import codec
from gateprobe.clients.job import Job, Task
from gateprobe.model import Json
from gateprobe.text import printable

OUTCOME_TYPE: Final = "application/vnd.gateprobe.client+json"
"""The content type of a stored outcome."""

_QUOTED: Final = 300  # characters of a client's own words that are kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client of a version made of the answer `about`.

    `raised` holds the client's own words where it failed, else nothing. `pictures_read` counts the pictures that the
    client returned, `pictures_sent` those of the answer (None: unknown). Of a refusal, `status` and `message` are what
    the client's own error says of it; `refused` is the status that was sent.
    """

    about: str
    task: Task
    version: str
    raised: str = ""
    pictures_read: int = 0
    pictures_sent: int | None = None
    status: int | None = None
    message: str = ""
    refused: int | None = None

    @classmethod
    def of(cls, job: Job, printed: Json) -> Self:
        """Make an outcome of what a program printed; words of any length are cut."""
        plain = printed if isinstance(printed, dict) else {}
        pictures, status = plain.get("pictures"), plain.get("status")
        return cls(
            about=job.about,
            task=job.task,
            version=_word(plain.get("version")),
            raised=_word(plain.get("raised")),
            pictures_read=pictures if _is_integer(pictures) else 0,
            pictures_sent=job.pictures,
            status=status if _is_integer(status) else None,
            message=_word(plain.get("message")),
            refused=job.exchange.status if job.task is Task.REFUSAL else None,
        )

    def dumps(self) -> bytes:
        """Write it as JSON."""
        return codec.dumps(self)

    @classmethod
    def loads(cls, value: Json) -> Self:
        """Read it back from JSON.

        Raises:
            ValueError: it is none.
        """
        try:
            return codec.from_plain(cls, value)
        except codec.CodecError as error:
            raise ValueError(f"this is not the outcome of a client: {error}") from None


def _word(value: Json) -> str:
    return printable(value, _QUOTED) if isinstance(value, str) else ""


def _is_integer(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
