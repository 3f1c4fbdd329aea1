"""Who is under watch with which settings, as of one moment, and what differs from before."""

from collections.abc import Callable, Sequence
from datetime import datetime

from rules.base import Enrolment, Rule, Scope
from rules.effective import EffectiveSettings
from rules.roster import Roster
from rules.watch import Watched, watch_at

Key = tuple[Scope, str]


class Register:
    """A roster as of ``at``."""

    def __init__(self, rules: Sequence[Rule], roster: Roster, at: datetime) -> None:
        self.roster = roster
        self.at = at
        self.watch = watch_at(roster, at)
        self.settings = EffectiveSettings(roster.settings, rules, at)

    def watched(self, scope: Scope, subject: str) -> Watched | None:
        """Return what is known of a subject, None for a stray."""
        return self.watch[scope].get(subject)

    def enrolment(self, rule: Rule, scope: Scope, subject: str, heard_at: datetime) -> Enrolment | None:
        """Return the enrolment of a subject, or None where the rule is not enabled.

        A stray is enrolled since ``heard_at`` with default settings: a device that the roster forgot is heard too.
        """
        watched = self.watched(scope, subject) or _stray(scope, subject, heard_at)
        layers = watched.layers(scope, subject)
        settings = self.settings.of(rule, layers)
        if not settings.enabled:
            return None
        return Enrolment(
            scope=scope,
            subject=subject,
            since=watched.since,
            zone=self.roster.zone,
            device_kind=watched.device_kind,
            interval_s=watched.interval_s,
            settings=settings,
            personal=self.settings.personal(rule, layers),
        )

    def moved_since(self, before: "Register") -> tuple[Key, ...]:
        """Return the subjects that came, went, or are not what or whose they were."""
        return tuple(
            (scope, subject)
            for scope, now in self.watch.items()
            for subject in (*now, *(before.watch[scope].keys() - now.keys()))
            if now.get(subject) != before.watch[scope].get(subject)
        )

    def reset_since(self, before: "Register", rule: Rule) -> Callable[[Scope, str], bool] | None:
        """Return a test for subjects for whom ``rule`` has other settings than ``before``, or None if nobody has."""
        layers = self.settings.changed_since(before.settings, rule)
        if self.roster.zone != before.roster.zone:
            layers |= {("default", "")}
        if not layers:
            return None

        def reset(scope: Scope, subject: str) -> bool:
            watched = self.watched(scope, subject) or _stray(scope, subject, self.at)
            return not layers.isdisjoint(watched.layers(scope, subject))

        return reset


def _stray(scope: Scope, subject: str, heard_at: datetime) -> Watched:
    return Watched(
        heard_at, home=subject if scope is Scope.HOME else "", resident=subject if scope is Scope.RESIDENT else ""
    )
