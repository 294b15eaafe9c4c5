"""The details of a row in the run log: statement, claim, deciding exchange, pictures."""

from __future__ import annotations

import base64
from typing import Final

from markupsafe import Markup

from gateprobe.audit.engine import Audit
from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Exchange, MalformedAnswerError
from gateprobe.formats.findings import explanation
from gateprobe.formats.html import INDEX
from gateprobe.formats.html.exchanges import anchor, href, summary
from gateprobe.formats.html.pictures import Gallery, Thumbnail
from gateprobe.record.file import Record
from gateprobe.text import printable

_EMBEDDED: Final = 8 * 1024 * 1024  # bytes of thumbnails that a self-contained page holds
_PICTURES: Final = 2  # of an exchange


class Details:
    """Draws the details of records; `folder` is the run folder as the page links to it.

    A `contained` page holds the thumbnails itself, up to 8 MiB of them; else it links to those of the run's report.
    """

    def __init__(self, audit: Audit, folder: str, *, contained: bool) -> None:
        self._audit = audit
        self._folder = folder
        self._contained = contained
        self._left = _EMBEDDED
        self._gateways = {target.gateway.name: target.gateway for target in audit.targets}

    def of(self, record: Record) -> Markup:
        """Return the details of a record."""
        parts = [
            ("The probe", Markup("{}").format(record.statement)),
            ("Finding", Markup("{}").format(printable(explanation(record), 2000))),
            ("Documented", self._claim(record)),
            ("Exchange", self._exchange(record)),
        ]
        terms = Markup().join(Markup("<dt>{}</dt><dd>{}</dd>").format(title, text) for title, text in parts)
        return Markup('<dl class="gateprobe">{}</dl>').format(terms)

    def _claim(self, record: Record) -> Markup:
        gateway = self._gateways.get(record.gateway)
        sources = gateway.documented(record.capability).sources if gateway is not None else ()
        if not sources:
            return Markup("The documents do not mention it.")
        quotes = [Markup("{} ({}, {})").format(source.quotation, source.title, source.date) for source in sources]
        return Markup("<br>").join(quotes)

    def _exchange(self, record: Record) -> Markup:
        name, exchange = self._deciding(record)
        if exchange is None:
            return Markup("No exchange was captured.")
        target = f"{self._folder}/{INDEX}{href(anchor(record.gateway, name))}"
        line = Markup('<code>{}</code> in <a href="{}">{}</a>').format(summary(exchange), target, name)
        return line + self._pictures(exchange)

    def _deciding(self, record: Record) -> tuple[str, Exchange | None]:
        """Return the exchange that decided; where none did alone, the last exchange that was judged."""
        evidence = self._audit.evidence_of(record.gateway)
        if record.place is not None and record.place.scenario_run in evidence:
            name = record.place.scenario_run
            steps = evidence[name].exchanges
            return name, next((exchange for exchange in steps if exchange.step == record.place.step), None)
        for name in record.evidence:
            if name in evidence and evidence[name].exchanges:
                return name, evidence[name].exchanges[-1]
        return "", None

    def _pictures(self, exchange: Exchange) -> Markup:
        if not exchange.ok or not exchange.request.images:
            return Markup()
        gallery = Gallery()
        try:
            shown = [gallery.add(picture, "picture") for picture in exchange.pictures[:_PICTURES]]
        except (MalformedAnswerError, BrokenRunError):
            return Markup("<br>The picture cannot be shown.")
        if self._contained:
            self._left -= sum(len(gallery.files[thumbnail.small]) for thumbnail in shown)
            if self._left < 0:
                return Markup("<br>This page holds 8 MiB of pictures already; the report shows this one.")
        images = Markup().join(self._image(thumbnail, gallery) for thumbnail in shown)
        return Markup("<br>") + images if images else images

    def _image(self, thumbnail: Thumbnail, gallery: Gallery) -> Markup:
        width, height, label = thumbnail.width, thumbnail.height, thumbnail.label
        if self._contained:
            data = base64.b64encode(gallery.files[thumbnail.small]).decode()
            image = Markup('<img src="data:image/webp;base64,{}" width="{}" height="{}" alt="{}">')
            return image.format(data, width, height, label)
        linked = Markup('<a href="{0}/{1}"><img src="{0}/{2}" width="{3}" height="{4}" alt="{5}"></a>')
        whole = thumbnail.whole or thumbnail.small
        return linked.format(self._folder, whole, thumbnail.small, width, height, label)
