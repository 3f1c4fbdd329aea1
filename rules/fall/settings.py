"""What may be set about fall detection for one person."""

from enum import StrEnum

from pydantic import Field

from rules.base import Enrolment, RuleSettings


class Sensitivity(StrEnum):
    """How sure the detector must be. On recordings, one step trades about one per cent of falls for one of quiet."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


THRESHOLDS = {Sensitivity.LOW: 1.0, Sensitivity.NORMAL: 0.0, Sensitivity.HIGH: -1.0}
"""In log-odds."""


class FallSettings(RuleSettings):
    """``silence_s``: a hit whose aftermath stays away this long is judged at once on what there is.

    ``ask_s``: where the device can, the wearer is asked first, and staff are told without an answer within this time;
    0 asks nobody. A product default: long enough to find a button, short beside the minutes that help takes.
    """

    sensitivity: Sensitivity = Sensitivity.NORMAL
    ask_s: float = Field(default=20.0, ge=0, le=120, allow_inf_nan=False)
    silence_s: float = Field(default=3.0, ge=0.5, le=60, allow_inf_nan=False)


def settings_of(enrolment: Enrolment) -> FallSettings:
    return enrolment.settings if isinstance(enrolment.settings, FallSettings) else FallSettings()
