"""A scenario in plain words: a few lines that say what there is, then one step on each line.

scenario A press is heard
home home-1: pendant pendant-1, rooms hall kitchen, smoke kitchen
press pendant-1
expect alarm life_safety in home-1 within 5 s
"""

import shlex
from collections.abc import Sequence
from typing import Any

SUFFIX = ".steps"
#: What a line before the steps can set, each once.
_SETTINGS = ("heartbeat", "check_in", "seconds", "zigbee_base")
_TEXTS = {"scenario": "name", "about": "about"}
_SEVERAL = ("rooms", "doors")
_ONE = ("pendant", "hub", "smoke", "leak", "sos")


def content(text: str) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """Return what a YAML file would have said, and what is wrong by line (from 1).

    The steps keep their lines: the n-th step is line n + 1 of the file, empty where that is no step.
    """
    said: dict[str, Any] = {"homes": [], "steps": []}
    problems: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        first, _, rest = line.strip().partition(" ")
        said["steps"].append("")
        try:
            if first == "home":
                said["homes"].append(_home(rest))
            elif first in _TEXTS and _TEXTS[first] not in said:
                said[_TEXTS[first]] = rest.strip()
            elif first in _SETTINGS and first not in said:
                said[first] = "".join(rest.split())
            else:
                said["steps"][-1] = line
        except ValueError as error:
            problems.append((number, str(error)))
    said.setdefault("name", "Without a name")
    return said, problems


def line_of(where: Sequence[int | str], text: str) -> int:
    """Return the line (from 1) of the home or the setting that an error at ``where`` is about, else the first."""
    lines = text.splitlines()
    if len(where) > 1 and where[0] == "homes" and isinstance(where[1], int):
        return [number for number, line in enumerate(lines, 1) if line.split()[:1] == ["home"]][where[1]]
    word = {"name": "scenario"}.get(str(where[0]), str(where[0])) if where else ""
    return next((number for number, line in enumerate(lines, 1) if line.split()[:1] == [word]), 1)


def _home(text: str) -> dict[str, Any]:
    """Read ``home-1: pendant pendant-1, rooms hall kitchen, area north``. Raises ValueError."""
    name, colon, rest = text.partition(":")
    if not colon:
        raise ValueError("write a home as: home home-1: pendant pendant-1, rooms hall kitchen")
    devices: dict[str, Any] = {}
    home: dict[str, Any] = {"id": name.strip(), "devices": devices}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        word, *names = shlex.split(part)
        if word in devices or word in home:
            raise ValueError(f"{word} is said twice")
        if word in _SEVERAL and names:
            devices[word] = names
        elif word in _ONE and len(names) == 1:
            devices[word] = names[0]
        elif word in {"area", "availability"} and len(names) == 1:
            home[word] = names[0]
        else:
            raise ValueError(
                f"{part!r} is not understood; a home has {', '.join((*_ONE, *_SEVERAL))}, area, availability"
            )
    return home
