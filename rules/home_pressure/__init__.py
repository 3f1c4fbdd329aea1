"""Blood pressure at home, judged by the mean of a week."""

from rules.home_pressure.rule import HomePressureRule
from rules.home_pressure.settings import HomePressureSettings
from rules.home_pressure.week import Reading, Week, week_mean

RULE = HomePressureRule()

__all__ = ["RULE", "HomePressureRule", "HomePressureSettings", "Reading", "Week", "week_mean"]
