"""Limits for answers, and when a questionnaire is expected. Staff set all of it; nothing holds by default."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rules import awaited
from rules.base import Enrolment, RuleSettings

Number = Annotated[float, Field(allow_inf_nan=False)]


class AnswerLimit(BaseModel):
    """What matters in the answers to one question, named "questionnaire/question" as in the message.

    ``low`` is the lowest, ``high`` the highest accepted answer; ``rise`` the highest accepted step up since the one
    before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1, max_length=65)
    low: Number | None = None
    high: Number | None = None
    rise: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.low is None and self.high is None and self.rise is None:
            message = "an answer needs a limit"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low > self.high:
            message = "the limits cross"
            raise ValueError(message)
        return self


class ExpectedQuestionnaire(awaited.Due):
    """A questionnaire that is expected, by the name that stands before "/" in its questions."""

    questionnaire: str = Field(min_length=1, max_length=32, pattern=r"^[^/\x00]+$")

    @property
    def what(self) -> str:
        return self.questionnaire


class QuestionnaireSettings(RuleSettings):
    """No limits by default: what an answer means depends on the questionnaire, and is for staff to say."""

    limits: tuple[AnswerLimit, ...] = Field(default=(), max_length=50)
    due: tuple[ExpectedQuestionnaire, ...] = Field(default=(), max_length=20)


def settings_of(enrolment: Enrolment) -> QuestionnaireSettings:
    return enrolment.settings if isinstance(enrolment.settings, QuestionnaireSettings) else QuestionnaireSettings()
