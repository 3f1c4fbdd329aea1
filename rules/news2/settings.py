"""Whether and how NEWS2 is used for a person."""

from typing import Literal

from pydantic import Field

from rules.base import RuleSettings
from rules.news2.score import Risk


class News2Settings(RuleSettings):
    """Off until staff decide to use it: it is made for hospitals, and what a score means at home is local policy.

    The bands are those of the RCP (2017, chart 2: from 5 urgent, from 7 emergency, 3 in one parameter urgent) and are
    not settable; ``tell_from`` is the lowest of them that is told.
    """

    enabled: bool = False
    tell_from: Literal[Risk.LOW_MEDIUM, Risk.MEDIUM, Risk.HIGH] = Risk.LOW_MEDIUM
    #: Only a clinician sets it, for confirmed hypercapnic respiratory failure (RCP 2017).
    scale_2: bool = False
    #: Minutes within which observations count as taken together.
    together_min: float = Field(default=60, ge=1, le=1440, allow_inf_nan=False)
