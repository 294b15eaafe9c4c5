"""Every code example of the documents that asks a gateway for something."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.seeds.printed import Printed

_FROM: Final = "from openai import OpenAI\n"
_SCRIPT: Final = 'import OpenAI from "openai";\n'

_WITH: Final = "01"
_STREAM: Final = "012223"
_THREE: Final = "0122320"
_ONCE: Final = "0" + "1" * 16 + "2111" + "0000" + "11111" + "0"
_BATCH: Final = (
    "0" + "1" * 18 + "2122" + "000" + "111222333444556554444555655333" + "22332331110" + "00" + "1" * 5 + "2" * 13 + "3"
    "1111100001" + "1" * 14
)
"""How deep lines stand: after `with`; in a loop over a stream; over three pictures; in ofox's two programs."""

_TURNS: Final = Printed("turns", "openai-multi-turn-images", "openai", _FROM, "如果在未提供")
_GUIDE: Final = Printed("guide", "openai-image-generation-tool", "openai", _FROM, "您可以 提供输入图像")
_CURL: Final = Printed("vibe", "vibeapi-gpt-image-2", "vibeapi", _FROM, "curl -X POST")
_VIBE: Final = replace(_CURL, depths=_WITH)
_XAI: Final = Printed("xai", "xai-router-gpt-image-2", "xai-router", "import base64\n", "如果你要做 Web", depths="012")
_OFOX: Final = Printed("ofox", "ofox-gpt-image-2", "ofox", "import base64\nimport os\n", "跑一下试试", depths=_ONCE)

VIBE_GENERATE: Final = replace(_VIBE, name="vibe generate")
VIBE_BASKET: Final = replace(_VIBE, name="vibe basket", begins="import base64\nfrom openai", until="import fs from")
VIBE_MASK: Final = replace(
    _VIBE,
    name="vibe mask",
    nth=2,
    until="import fs from",
    before=replace(_CURL, name="before", begins="import base64\nfrom openai", until="from openai"),
)
VIBE_STREAM: Final = replace(_VIBE, name="vibe stream", nth=3, until="curl -sN", depths=_STREAM)
VIBE_EDIT: Final = replace(
    _CURL,
    name="vibe edit",
    begins="stream = client.responses.create(",
    nth=1,
    until="强制生成/编辑模式",
    before=replace(_CURL, name="client of the example before", nth=3, until="stream = "),
)
VIBE_THREE: Final = replace(_VIBE, name="vibe three", nth=4, until="import OpenAI from", depths=_THREE)
VIBE_MAKE_MASK: Final = replace(_VIBE, name="vibe make mask", begins="from PIL import", until="图片输入保真度")

PYTHON: Final[dict[Printed, tuple[str, ...]]] = {
    replace(_TURNS, name="turns first"): ("otter.png",),
    replace(_TURNS, name="turns previous response", nth=1, until="使用 image ID"): (
        "cat_and_otter.png",
        "cat_and_otter_realistic.png",
    ),
    replace(_TURNS, name="turns image id", begins="import openai\n", until="结果\n"): (
        "cat_and_otter.png",
        "cat_and_otter_realistic.png",
    ),
    replace(_GUIDE, name="guide first"): ("otter.png",),
    replace(_GUIDE, name="guide follow up", nth=1, until="流式传输\n"): (
        "cat_and_otter.png",
        "cat_and_otter_realistic.png",
    ),
    replace(_GUIDE, name="guide stream", nth=2, until="支持的模型\n"): ("river0.png", "river1.png"),
    _XAI: ("xai-generated-image.png",),
    replace(_OFOX, name="ofox once"): ("output.png",),
    replace(_OFOX, name="ofox batch", begins="import base64\nimport time\n", until="这段代码包含了", depths=_BATCH): (
        "cyberpunk_city.png",
        *(f"outputs/image_{number}.png" for number in (1, 2, 3)),
    ),
    VIBE_GENERATE: ("otter.png",),
    VIBE_BASKET: ("gift-basket.png",),
    VIBE_MASK: ("composition.png",),
    VIBE_STREAM: ("output.png",),
    VIBE_THREE: ("output_0.png", "output_1.png", "output_2.png"),
}
"""Python examples that stand alone, with the pictures that they save."""

CURL: Final[dict[Printed, tuple[str, ...]]] = {
    Printed("xai", _XAI.seed, _XAI.persona, 'out="xai-generated', "成功时,你会看到"): ("xai-generated-image.png",),
    replace(_CURL, name="vibe generate", begins="curl -X POST", until="参数说明"): ("otter.png",),
    replace(_CURL, name="vibe basket", begins="curl -s -D", until="使用蒙版编辑图片"): ("gift-basket.png",),
    replace(_CURL, name="vibe mask", begins="curl -s -D", nth=1, until="蒙版要求"): ("lounge.png",),
    replace(_CURL, name="vibe stream", begins="curl -sN", until="流式事件序列"): (),
}
"""Shell examples, with the pictures that they save; the last one prints its stream."""

NODE: Final[dict[Printed, tuple[str, ...]]] = {
    replace(_CURL, name="vibe generate", begins=_SCRIPT, until="from openai import"): ("otter.png",),
    replace(_CURL, name="vibe basket", begins="import fs from", nth=1, until="curl -s -D"): ("basket.png",),
    replace(_CURL, name="vibe mask", begins="import fs from", nth=2, until="curl -s -D"): ("lounge.png",),
    replace(_CURL, name="vibe stream", begins=_SCRIPT, nth=1, until="from openai import"): ("output.png",),
    replace(_CURL, name="vibe three", begins=_SCRIPT, nth=2, until="每张图片会触发"): (
        "output_0.png",
        "output_1.png",
        "output_2.png",
    ),
    replace(_XAI, name="xai once", depths="", begins="import fs from", until="这就是最接近官方"): ("xai-image.png",),
    replace(_XAI, name="xai stream", depths="", begins="import fs from", nth=1, until="这个版本的重点"): (
        "xai-generated-image.png",
    ),
}
"""JavaScript examples that stand alone, with the pictures that they save."""
