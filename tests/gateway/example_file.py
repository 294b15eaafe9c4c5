"""A gateway file that is right, for tests that change one thing of it."""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = """\
name = "example"
title = "Example"
base_url = "https://api.example.com/v1"

[key]
env = "EXAMPLE_API_KEY"

[models]
text = "gpt-5.5"
image = "gpt-image-2"

[documents.guide]
title = "The guide"
url = "https://example.com/guide"
date = "2026-05-08"
language = "en"

[documents.news]
title = "News"
date = "2026-06"
language = "en"

[limits]
document = "guide"
images_per_minute = 4

[[claims]]
capability = "images.generate.n"
stance = "offered"
values = [1, 2, 3, 4]
document = "guide"
quote = "Up to four."

[[claims]]
capability = "images.generate.size"
stance = "declined"
manner = "one size alone"
refusal_status = [400]
document = "guide"
quote = "Only 1024x1024."
"""
