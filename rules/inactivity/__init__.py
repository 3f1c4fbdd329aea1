"""No sign of life in a home for longer than is usual there."""

from rules.inactivity.rule import InactivityRule
from rules.inactivity.settings import InactivitySettings

RULE = InactivityRule()

__all__ = ["RULE", "InactivityRule", "InactivitySettings"]
