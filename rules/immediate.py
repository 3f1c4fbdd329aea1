"""The half of a rule that never waits: it concludes at once from what it hears."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rules.base import Enrolment, Finding, Moment


class Immediate:
    """Base of rules without a deadline."""

    def deadline(self, state: Any, enrolment: Enrolment, moment: Moment) -> datetime | None:  # noqa: ARG002
        return None

    def expire(self, state: Any, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:  # noqa: ARG002
        return ()
