"""How a scenario writes lengths of time and times of day."""

import re
from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LONGEST_S = 366 * 86_400.0


def seconds(text: object) -> object:
    """Read ``90``, ``"250ms"``, ``"5s"``, ``"1h30m"`` as seconds; leave anything else to pydantic to refuse."""
    if not isinstance(text, str):
        return text
    if not re.fullmatch(rf"(?:{_PART.pattern})+", text):
        raise ValueError("write a length of time like 5s, 250ms, 2m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def _bounded(value: float) -> float:
    if not 0 <= value <= _LONGEST_S:
        raise ValueError("a length of time is between 0 and 366 days")
    return value


def _time_of_day(text: object) -> object:
    # YAML 1.1 reads an unquoted 22:30 as a number to base 60.
    if isinstance(text, int) and not isinstance(text, bool) and 0 <= text < 24 * 60:
        return time(text // 60, text % 60)
    return text


Seconds = Annotated[float, BeforeValidator(seconds), AfterValidator(_bounded)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
