"""From one measurement to what can be said about it; pure, and without memory of what was said before."""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from devices.observation import Kind, Observation, Quality
from rules.limits import shapes
from rules.limits.settings import LimitsSettings
from rules.limits.state import LimitsState, Past, Repeat
from rules.limits.units import canonical

#: Kinds that are measured again before anyone is called out for a very high value.
REPEATED = (Kind.SYSTOLIC, Kind.DIASTOLIC)

Facts = dict[str, float | str]


class Statement(NamedTuple):
    """A code with the numbers of its sentence and the journal positions it rests on."""

    code: str
    facts: Facts
    evidence: tuple[int, ...]


def readable(observation: Observation) -> float | Statement:
    """Return the value in the canonical unit of its kind, or why it cannot be judged."""
    kind, raw, evidence = observation.kind, observation.value, (observation.id,)
    if raw is None or not math.isfinite(raw):
        return Statement(f"{kind}_not_a_number", {}, evidence)
    value = canonical(kind, raw, observation.unit)
    if value is None:
        return Statement(f"{kind}_unit_unknown", {"unit": observation.unit[:20]}, evidence)
    if Quality.IMPOSSIBLE in observation.quality or not math.isfinite(value):
        return Statement(f"{kind}_impossible", {"value": round(value, 2) if math.isfinite(value) else raw}, evidence)
    return value


def outside(state: LimitsState, kind: Kind, past: Past, until: float, settings: LimitsSettings) -> Iterator[Statement]:
    """Say which limit ``past``, already among the recent ones, is outside of.

    A first very high pressure asks for a repeat before ``until`` (epoch seconds); the next one confirms it.
    """
    repeat = state.repeats.pop(kind, None)
    found = shapes.breach(kind, past.value, settings)
    if found is None:
        return
    gentle = kind in settings.two_of_three and not found.side.startswith("very")
    if gentle and not shapes.second_of_three(state.recent[kind], kind, found, settings):
        return
    facts: Facts = {"value": past.value, "limit": found.limit, **_source(settings, found.field)}
    if found.side != "very_high" or kind not in REPEATED:
        yield Statement(found.field, facts, (past.id,))
    elif repeat is None:
        state.repeats[kind] = Repeat(until, past.value, past.id)
        yield Statement(f"{kind}_repeat", facts | {"within_min": settings.repeat_within_min}, (past.id,))
    else:
        yield Statement(found.field, facts, (repeat.id, past.id))


def trend(state: LimitsState, past: Past, zone: str, settings: LimitsSettings) -> Iterator[Statement]:
    """Compare a weight with the days before it, then remember it as its day's."""
    lightest = shapes.gain(state.weights, past, settings.weight_gain_days)
    # To the gram: 64.4 less 62.4 is no more than two, whatever their binary fractions.
    gained = 0.0 if lightest is None else round(past.value - lightest.value, 3)
    if lightest is not None and settings.weight_gain_kg is not None and gained > settings.weight_gain_kg:
        facts: Facts = {
            "value": past.value,
            "gain_kg": round(gained, 2),
            "days": round((past.at - lightest.at) / shapes.DAY, 1),
            "limit": settings.weight_gain_kg,
            "limit_days": settings.weight_gain_days,
        }
        yield Statement("weight_gain", facts | _source(settings, "weight_gain_kg"), (lightest.id, past.id))
    loss, limit = shapes.loss_percent(state.weights, past), settings.weight_loss_percent
    if loss is not None and limit is not None and loss > limit:
        facts = {"value": past.value, "loss_percent": round(loss, 1), "limit": limit}
        yield Statement("weight_loss", facts | _source(settings, "weight_loss_percent"), (past.id,))
    days = [datetime.fromtimestamp(at, ZoneInfo(zone)).toordinal() for at in (past.at, *(d.at for d in state.weights))]
    shapes.remember_daily(state.weights, past, days[0], days[1:])


def _source(settings: LimitsSettings, field: str) -> Facts:
    source = settings.source(field)
    said = {"source_en": source or "limit set by staff", "source_sv": source or "gräns satt av personalen"}
    return {"limit_field": field, **said}
