"""National Early Warning Score 2 from observations that were taken together."""

from rules.news2.rule import News2Rule
from rules.news2.score import Consciousness, Risk, Score, Vitals, news2
from rules.news2.settings import News2Settings

RULE = News2Rule()

__all__ = ["RULE", "Consciousness", "News2Rule", "News2Settings", "Risk", "Score", "Vitals", "news2"]
