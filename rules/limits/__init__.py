"""Measurements at home against a person's own limits."""

from rules.limits.rule import LimitsRule
from rules.limits.settings import Due, LimitsSettings

RULE = LimitsRule()

__all__ = ["RULE", "Due", "LimitsRule", "LimitsSettings"]
