"""A rule that shows everything the engine tells it, and that misbehaves where its subject's name says so."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope

WAIT = timedelta(seconds=100)


class ProbeSettings(RuleSettings):
    wait_s: float = WAIT.total_seconds()
    label: str = ""


class ProbeState(msgspec.Struct):
    since: datetime
    heard: int = 0
    due: datetime | None = None
    expired: int = 0


class Probe:
    """A finding for each observation, and one when nothing is heard for ``wait_s``.

    A value of -1 makes ``observe`` raise half-way, -2 leaves a deadline that never moves, -3 sets it two days back,
    -4 makes ``expire`` raise, -5 makes ``deadline`` raise, -6 gives findings that are none, 0 only listens.
    """

    name: ClassVar[str] = "probe"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MOTION, Kind.PRESS})
    Settings: ClassVar[type[RuleSettings]] = ProbeSettings
    State: ClassVar[type[msgspec.Struct]] = ProbeState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    def begin(self, enrolment: Enrolment) -> ProbeState:
        return ProbeState(since=enrolment.since, due=enrolment.since + self._wait(enrolment))

    def observe(self, state: ProbeState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        state.heard += 1
        state.due = observation.received_at + self._wait(enrolment)
        match observation.value:
            case -1.0:
                raise ArithmeticError("half-way, with a value that nobody may see: 142")
            case -3.0:
                state.due -= timedelta(days=2)
            case -4.0 | -5.0:
                state.heard = int(observation.value)
            case -6.0:
                return ["not a finding"]  # type: ignore[list-item]
            case 0.0:
                return ()
        state.expired = -1 if observation.value == -2.0 else max(0, state.expired)
        return [self._finding(enrolment, "heard", observation.received_at, f"{observation.id}:{state.heard}")]

    def deadline(self, state: ProbeState, enrolment: Enrolment, moment: Moment) -> datetime | None:  # noqa: ARG002
        if state.heard == -5:
            raise ZeroDivisionError
        return state.due

    def expire(self, state: ProbeState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        if state.heard == -4:
            raise LookupError
        due = state.due
        assert due is not None
        if state.expired >= 0:
            state.expired += 1
            state.due = due + self._wait(enrolment) * 3**state.expired
        return [self._finding(enrolment, "quiet", due, f"{due} {now} {moment.resumed_at} {state.expired}")]

    def _finding(self, enrolment: Enrolment, code: str, time: datetime, key: str) -> Finding:
        label: Any = getattr(enrolment.settings, "label", "")
        return Finding(
            key=f"probe:{enrolment.scope}:{enrolment.subject}:{code}:{key}",
            rule=self.name,
            code=code,
            alarm_class=AlarmClass.CARE,
            scope=self.scope,
            subject=enrolment.subject,
            time=time,
            facts={"label": label, "not_a_number": float("nan"), "number": 1.0},
        )

    @staticmethod
    def _wait(enrolment: Enrolment) -> timedelta:
        return timedelta(seconds=getattr(enrolment.settings, "wait_s", 100.0))


class HomeProbe(Probe):
    name: ClassVar[str] = "probe_home"
    scope: ClassVar[Scope] = Scope.HOME


class ResidentProbe(Probe):
    name: ClassVar[str] = "probe_resident"
    scope: ClassVar[Scope] = Scope.RESIDENT
