"""Falls, found in streams of acceleration from devices worn at the waist, the wrist or the neck."""

from rules.fall.rule import FallRule
from rules.fall.settings import FallSettings

RULE = FallRule()

__all__ = ["RULE", "FallRule", "FallSettings"]
