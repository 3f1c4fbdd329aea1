"""Limits for measurements at home. Every field can be overridden, for everybody, for a home or for one person."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from devices.observation import Kind
from rules import awaited
from rules.base import Enrolment, RuleSettings
from rules.limits.units import CANONICAL

#: A limit in the canonical unit of its kind; None switches it off.
Limit = Annotated[float, Field(allow_inf_nan=False)] | None
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]

TELBIL = "TELBIL, BMC Health Serv Res 2011;11:56"
TIHM = "TIHM, Sci Data 2023;10:606"
ADA = "ADA Standards of Care"
ESC = "ESC Heart Failure Matters"
BMJ = "BMJ 2021;372:n677"
HYPERTENSION = "ESC/ESH 2018 grade 3"
SPO2_LOW_LUNG = 88.0

#: Where each default comes from; the sentence of a finding says it.
SOURCES: dict[str, str] = {
    "systolic_low": TELBIL,
    "systolic_high": TELBIL,
    "systolic_very_high": HYPERTENSION,
    "diastolic_low": TELBIL,
    "diastolic_high": TELBIL,
    "diastolic_very_high": HYPERTENSION,
    "pulse_low": TELBIL,
    "pulse_high": TELBIL,
    "spo2_low": BMJ,
    "temperature_low": TIHM,
    "temperature_high": TIHM,
    "glucose_very_low": ADA,
    "glucose_low": ADA,
    "glucose_high": ADA,
    "body_water_low": TIHM,
    "body_water_high": TIHM,
    "respiration_low": TELBIL,
    "respiration_high": TELBIL,
    "weight_gain_kg": ESC,
    "weight_loss_percent": TIHM,
}


class Due(awaited.Due):
    """A measurement that is expected at a time of the day."""

    kind: Kind

    @property
    def what(self) -> str:
        return self.kind.value

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        if self.kind not in CANONICAL:
            message = f"{self.kind} is not a measurement"
            raise ValueError(message)
        return self


class Slope(BaseModel):
    """A change over ``days`` that matters for one person: by how much a kind may rise, or fall, in its canonical unit.

    The change is that of the straight line through the last value of each day, of at least ``fewest_days`` days: one
    odd value does not make it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    days: int = Field(default=14, ge=3, le=30)
    fewest_days: int = Field(default=4, ge=3, le=30)
    rise: Amount | None = None
    fall: Amount | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.kind not in CANONICAL:
            message = f"{self.kind} is not a measurement"
            raise ValueError(message)
        if (self.rise is None and self.fall is None) or self.fewest_days > self.days + 1:
            message = "a slope needs a rise or a fall, and days enough"
            raise ValueError(message)
        return self


class LimitsSettings(RuleSettings):
    """What is accepted: a low limit is the lowest, a high limit the highest accepted value.

    Sources of the defaults:
    pulse, systolic, diastolic, respiration: TELBIL trial, table 1 (BMC Health Serv Res 2011;11:56: <50 or >100,
    <100 or >160, <60 or >95, <12 or >24);
    very high pressure, which asks for a repeat: grade 3 hypertension, from 180/110 (ESC/ESH 2018, Eur Heart J 39:3021);
    SpO2: hypoxia below 94 % without, 88 % with chronic lung disease (BMJ 2021;372:n677), the latter by a flag;
    temperature and body water: TIHM table 5 (Sci Data 2023;10:606: <35 or >37.6 Cel; <40 or >70 %);
    glucose: hypoglycaemia level 1 <3.9 and level 2 <3.0, hyperglycaemia level 2 >13.9 mmol/L (ADA Standards of Care);
    weight gain: more than 2 kg in 3 days (ESC, heartfailurematters.org);
    weight loss: 5 % below the month's mean (TIHM).
    """

    systolic_low: Limit = 100
    systolic_high: Limit = 160
    systolic_very_high: Limit = 179
    diastolic_low: Limit = 60
    diastolic_high: Limit = 95
    diastolic_very_high: Limit = 109
    pulse_low: Limit = 50
    pulse_high: Limit = 100
    spo2_low: Limit = 94
    temperature_low: Limit = 35.0
    temperature_high: Limit = 37.6
    glucose_very_low: Limit = 3.0
    glucose_low: Limit = 3.9
    glucose_high: Limit = 13.9
    weight_low: Limit = None
    weight_high: Limit = None
    body_water_low: Limit = 40
    body_water_high: Limit = 70
    respiration_low: Limit = 12
    respiration_high: Limit = 24
    weight_gain_kg: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = 2.0
    weight_gain_days: float = Field(default=3, ge=1, le=30, allow_inf_nan=False)
    weight_loss_percent: Annotated[float, Field(gt=0, lt=100)] | None = 5.0
    #: Kinds in which one value outside waits for a second one among the next two.
    two_of_three: frozenset[Kind] = frozenset()
    #: A very high pressure is to be measured again within this time.
    repeat_within_min: float = Field(default=30, gt=0, le=1440, allow_inf_nan=False)
    #: The same thing is not said twice within this time: three readings in a row are one measurement.
    again_after_min: float = Field(default=10, ge=0, le=1440, allow_inf_nan=False)
    due: tuple[Due, ...] = Field(default=(), max_length=50)
    #: Changes that matter for this person, beside those of weight.
    slopes: tuple[Slope, ...] = Field(default=(), max_length=20)
    #: A clinician says so of this person: the lowest accepted SpO2 is then 88 % unless another is set.
    chronic_lung_disease: bool = False

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        for kind in CANONICAL:
            ladder = [self.limit(f"{kind}_{side}") for side in ("very_low", "low", "high", "very_high")]
            steps = [step for step in ladder if step is not None]
            if any(lower >= higher for lower, higher in pairwise(steps)):
                message = f"the limits of {kind} cross"
                raise ValueError(message)
        return self

    def limit(self, field: str) -> float | None:
        """Return the limit of that name, or None when it is switched off or this kind has none."""
        # Not getattr(): asked for a name that is no field, as here at every value, pydantic raises, which is slow.
        value = self.__dict__.get(field)
        if field == "spo2_low" and self.chronic_lung_disease and field not in self.model_fields_set:
            return SPO2_LOW_LUNG
        return None if value is None else float(value)

    def source(self, field: str) -> str:
        """Return who set the limit: a publication, or an empty text when staff did, for everybody or for one person."""
        return "" if field in self.model_fields_set else SOURCES.get(field, "")


def settings_of(enrolment: Enrolment) -> LimitsSettings:
    return enrolment.settings if isinstance(enrolment.settings, LimitsSettings) else LimitsSettings()
