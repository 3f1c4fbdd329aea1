"""Colours of pictures, on dark and on light ground. A test computes their contrast."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Palette:
    """``ink`` and ``soft`` are text; ``grid`` only guides the eye; the others carry meaning, never by colour alone."""

    ground: str
    ink: str
    soft: str
    grid: str
    #: What was measured, or happened.
    data: str
    #: What is usual, or was before.
    usual: str
    #: The finding itself.
    found: str
    #: A limit.
    limit: str
    #: A span: night, stillness, quiet.
    shade: str


#: The colours of the console (api/pages/static/console.css).
DARK: Final = Palette(
    ground="#17191c",
    ink="#f1ede6",
    soft="#b8b2a7",
    grid="#343941",
    data="#93b9ee",
    usual="#8f959e",
    found="#ff8276",
    limit="#f5b955",
    shade="#5b7aa8",
)
LIGHT: Final = Palette(
    ground="#ffffff",
    ink="#1b1d20",
    soft="#55595f",
    grid="#d9dce0",
    data="#1f5fae",
    usual="#767b83",
    found="#b3261e",
    limit="#8a5a00",
    shade="#6d8fc0",
)
