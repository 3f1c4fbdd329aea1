"""What the desk refuses, and why. The API turns these into problem documents."""

from typing import ClassVar

from store.errors import HemvaktError


class DeskError(HemvaktError):
    """The alarm desk refused."""

    #: Stable word for the API's problem type.
    code: ClassVar[str] = "refused"
    #: HTTP status that fits; the desk itself knows nothing of HTTP.
    status: ClassVar[int] = 409


class NoSuchAlarmError(DeskError):
    """There is no such alarm."""

    code = "no_such_alarm"
    status = 404


class NoSuchResponderError(DeskError):
    """There is no such responder on duty service; an inactive one cannot act either."""

    code = "no_such_responder"
    status = 403


class AlreadyClosedError(DeskError):
    """The alarm is closed already."""

    code = "already_closed"


class NotPossibleError(DeskError):
    """The alarm is in a state in which this cannot be done."""

    code = "not_possible"


class NotYoursError(DeskError):
    """Another responder has this alarm."""

    code = "not_yours"
    status = 403

    def __init__(self, taken_by: str) -> None:
        """Name the responder who has it."""
        super().__init__(f"It is with {taken_by}.")
        self.taken_by = taken_by


class StaleVersionError(DeskError):
    """The alarm changed since you looked at it."""

    code = "stale_version"

    def __init__(self, version: int) -> None:
        """Tell the version that it has now."""
        super().__init__(f"It is at version {version} now.")
        self.version = version


class OutcomeMissingError(DeskError):
    """An alarm is closed with one of the known outcomes, or not at all."""

    code = "outcome_missing"
    status = 422


class ReasonMissingError(DeskError):
    """This needs a reason in words."""

    code = "reason_missing"
    status = 422


class UnreachableColleagueError(DeskError):
    """The alarm cannot be handed to somebody whom no page can reach."""

    code = "unreachable_colleague"


class LifeSafetyError(DeskError):
    """A life-safety alarm is never paused."""

    code = "life_safety"


class EndlessTestError(DeskError):
    """A test needs an end, later than now and at most 30 minutes away."""

    code = "no_test_end"
    status = 422


class NothingToTestError(DeskError):
    """No device in service is meant by this."""

    code = "nothing_to_test"
    status = 404


class NoSuchSubjectError(DeskError):
    """There is no such home, resident or device."""

    code = "no_such_subject"
    status = 404


class UnreachableTesterError(DeskError):
    """Presses under test go to whoever tests, and no page can reach this person."""

    code = "unreachable_tester"


class OpenAlarmError(DeskError):
    """A device under test has an alarm that is no test. Close that first."""

    code = "open_alarm"


class NoSuchPauseError(DeskError):
    """There is no such pause, or it has ended."""

    code = "no_such_pause"
    status = 404


class NoEndError(DeskError):
    """A pause needs an end, later than now and at most 24 hours away."""

    code = "no_end"
    status = 422
