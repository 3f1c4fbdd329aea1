"""Each pair of colours that meets on a page has the contrast that WCAG 2.2 AA asks for."""

import re
from pathlib import Path

import pytest

from api import pages

SHEET = (Path(pages.__file__).parent / "static" / "console.css").read_text()
COLOURS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", SHEET))

#: Ink, ground, least contrast: 4.5 for text, 3 for the edges of controls and the ring of focus (SC 1.4.3, 1.4.11).
PAIRS = [
    *((ink, ground, 4.5) for ink in ("ink", "soft") for ground in ("ground", "surface", "raised")),
    *((f"on-{kind}", f"{kind}-fill", 4.5) for kind in ("life", "care", "technical")),
    *((kind, ground, 4.5) for kind in ("life", "care", "technical") for ground in ("surface", "raised")),
    ("on-go", "go", 4.5),
    *((mark, ground, 4.5) for mark in ("mine", "bad") for ground in ("ground", "surface", "raised")),
    *(("edge", ground, 3) for ground in ("ground", "surface", "raised")),
    *(("focus", ground, 3) for ground in ("ground", "surface", "raised")),
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_a_pair_has_contrast_enough(ink: str, ground: str, least: float) -> None:
    light, dark = sorted((luminance(COLOURS[ink]), luminance(COLOURS[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_every_colour_of_the_sheet_has_a_name() -> None:
    rules = SHEET[SHEET.index("}") :]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) <= {"#1d1404"}


def test_the_page_is_dark() -> None:
    assert luminance(COLOURS["ground"]) < 0.01
    assert luminance(COLOURS["surface"]) < 0.02
