"""The colours of pictures have the contrast that WCAG 2.2 AA asks for, on dark and on light ground."""

from dataclasses import fields

import pytest

from api.pictures.palette import DARK, LIGHT, Palette
from tests.api.test_the_palette_can_be_read import COLOURS, luminance

#: Text needs 4.5; a line, a bar or a mark that means something needs 3 (SC 1.4.3, 1.4.11).
LEAST = {"ink": 4.5, "soft": 4.5, "found": 4.5, "limit": 4.5, "data": 3.0, "usual": 3.0, "shade": 3.0}


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
@pytest.mark.parametrize("name", LEAST)
def test_a_colour_stands_out_from_its_ground(palette: Palette, name: str) -> None:
    assert contrast(getattr(palette, name), palette.ground) >= LEAST[name]


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_words_on_a_shaded_span_can_be_read(palette: Palette) -> None:
    for shade, opacity in ((palette.shade, 0.35), (palette.found, 0.2)):
        ground = "#" + "".join(
            f"{round(int(shade[at : at + 2], 16) * opacity + int(palette.ground[at : at + 2], 16) * (1 - opacity)):02x}"
            for at in (1, 3, 5)
        )
        assert contrast(palette.ink, ground) >= 4.5


def test_every_colour_is_judged_but_the_grid_that_only_guides() -> None:
    assert {field.name for field in fields(Palette)} == {*LEAST, "ground", "grid"}


def test_the_dark_colours_are_those_of_the_console() -> None:
    same = {"ground": "surface", "ink": "ink", "soft": "soft", "found": "life", "limit": "care", "data": "technical"}
    assert {name: getattr(DARK, name) for name in same} == {name: COLOURS[other] for name, other in same.items()}
