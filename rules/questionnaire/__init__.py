"""Answers of a resident to questions about health, and questionnaires that stay away."""

from rules.questionnaire.rule import RULE, QuestionnaireRule
from rules.questionnaire.settings import AnswerLimit, ExpectedQuestionnaire, QuestionnaireSettings

__all__ = ["RULE", "AnswerLimit", "ExpectedQuestionnaire", "QuestionnaireRule", "QuestionnaireSettings"]
