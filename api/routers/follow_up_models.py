"""The follow-up of a month as the API shows it. What each figure is, is in docs/follow-up.md."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

_FIGURES: Final[dict[str, Any]] = {
    "alarms": 120,
    "tests": 0,
    "auto_closed": 20,
    "waiting": 0,
    "counted": 100,
    "accepted": 99,
    "within_60_s": 97,
    "within_180_s": 99,
    "share_60_s": 0.97,
    "share_180_s": 0.99,
    "median_s": 21.4,
    "over_180_s": 0,
    "visits": 0,
    "arrivals": 0,
    "on_site_45_min": 0,
    "on_site_60_min": 0,
    "share_45_min": None,
    "share_60_min": None,
    "closed": 0,
    "false_alarms": 0,
    "no_help_needed": 0,
    "share_false": None,
    "share_no_help": None,
    "escalated": 0,
    "escalations": 0,
    "forgotten": 0,
    "exhausted_minutes": 0.0,
}
_GROUP: Final[dict[str, Any]] = {
    "split": "team",
    "team": "north",
    "area": "",
    "alarm_class": "",
    "sex": "",
    "rule": "",
    "few": False,
    "hidden": False,
    "figures": _FIGURES,
}


class FollowUpFigures(BaseModel):
    """Counts and shares of one group. Shares lie between 0 and 1; null where there is nothing to have a share of."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FIGURES]})

    alarms: int
    tests: int
    auto_closed: int
    waiting: int
    counted: int
    accepted: int
    within_60_s: int
    within_180_s: int
    share_60_s: float | None
    share_180_s: float | None
    median_s: float | None
    over_180_s: int
    visits: int
    arrivals: int
    on_site_45_min: int
    on_site_60_min: int
    share_45_min: float | None
    share_60_min: float | None
    closed: int
    false_alarms: int
    no_help_needed: int
    share_false: float | None
    share_no_help: float | None
    escalated: int
    escalations: int
    forgotten: int
    exhausted_minutes: float


class FollowUpGroup(BaseModel):
    """One group; a field by which it is not split is empty. ``figures`` is null when it is hidden."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GROUP]})

    split: str
    team: str
    area: str
    alarm_class: str
    sex: str
    rule: str
    few: bool = Field(description="Rests on fewer residents than `fewest`.")
    hidden: bool = Field(description="Would point at a person.")
    figures: FollowUpFigures | None


class FollowUpWait(BaseModel):
    """Life-safety alarms that waited up to so many seconds; null for longer, and for ever."""

    up_to_s: int | None
    alarms: int


class FollowUpHour(BaseModel):
    """Life-safety alarms that opened in this hour of the local day."""

    hour: int
    alarms: int
    over_180_s: int


class LateAlarm(BaseModel):
    """An alarm that nobody had accepted after 180 s. ``accepted_after_s`` is null when nobody ever has."""

    alarm_id: int
    team: str
    area: str
    alarm_class: str
    rule: str
    opened_at: datetime
    accepted_after_s: float | None
    cause: str = Field(description="nobody_reached, exhausted or unanswered.")
    escalations: int
    forgotten: int
    exhausted_minutes: float
    outcome: str


class LastRow(BaseModel):
    """The newest row of the audit that was used. With it anybody can compute the same report again."""

    seq: int
    hash: str


class FollowUp(BaseModel):
    """One month, computed from the audit alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "month": "2026-10",
                    "zone": "Europe/Stockholm",
                    "begins_at": "2026-09-30T22:00:00Z",
                    "ends_at": "2026-10-31T23:00:00Z",
                    "through": {"seq": 48211, "hash": "9f2c"},
                    "through_at": "2026-11-01T07:12:00Z",
                    "fewest": 5,
                    "groups": [_GROUP],
                    "waits": [{"up_to_s": 30, "alarms": 61}],
                    "hours": [{"hour": 0, "alarms": 3, "over_180_s": 0}],
                    "exceptions": [],
                }
            ]
        }
    )

    month: str
    zone: str
    begins_at: datetime
    ends_at: datetime
    through: LastRow
    through_at: datetime | None
    fewest: int
    groups: list[FollowUpGroup]
    waits: list[FollowUpWait]
    hours: list[FollowUpHour]
    exceptions: list[LateAlarm]
