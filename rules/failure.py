"""What the engine says when a rule itself fails, and how it keeps a bad finding from harming what comes after."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite

import msgspec

from rules.base import AlarmClass, Finding
from rules.slots import Slot

ENGINE = "engine"
RULE_FAILED = "rule_failed"
#: A rule that fails for a subject at every observation is reported this often, not a thousand times a second.
REPORT_AGAIN = timedelta(minutes=1)

sentences: Mapping[str, Mapping[str, str]] = {
    "en": {
        RULE_FAILED: "The rule {rule} failed ({error}) and started anew: what it knew of this subject is lost. "
        "Tell whoever runs the system."
    },
    "sv": {
        RULE_FAILED: "Regeln {rule} fallerade ({error}) och började om: det den visste är borta. "
        "Meddela den som driver systemet."
    },
}


def rule_failed(slot: Slot, error: Exception, now: datetime, evidence: tuple[int, ...]) -> Finding:
    """Return the technical finding about a rule that raised. The error's own text may quote a value: it stays out."""
    subject = slot.enrolment.subject
    return Finding(
        key=f"{ENGINE}:{slot.plan.name}:{slot.enrolment.scope}:{subject}:{now.isoformat()}",
        rule=ENGINE,
        code=RULE_FAILED,
        alarm_class=AlarmClass.TECHNICAL,
        scope=slot.enrolment.scope,
        subject=subject,
        time=now,
        facts={"rule": slot.plan.name, "error": type(error).__name__},
        evidence=evidence,
        shadow=slot.enrolment.settings.shadow,
    )


def presented(finding: Finding, slot: Slot) -> Finding:
    """Return the finding as it leaves the engine.

    It names the scope that the engine chose, it is in shadow when the rule is on trial there, and a fact that is not
    finite is left out: PostgreSQL's jsonb refuses NaN, and one finding must not stop the batch it is written with.
    """
    facts = {name: fact for name, fact in finding.facts.items() if isinstance(fact, str) or isfinite(fact)}
    return msgspec.structs.replace(
        finding,
        scope=slot.enrolment.scope,
        facts=facts,
        shadow=finding.shadow or slot.enrolment.settings.shadow,
        versions=_rests_on(finding, slot.enrolment.personal),
    )


def _rests_on(finding: Finding, personal: Mapping[str, int]) -> tuple[int, ...]:
    """Return the versions behind a finding: of the field that it names, else of all that were set for its subject.

    Whether the rule runs at all, or on trial, decides nothing about what it found.
    """
    if not personal or finding.restores or finding.alarm_class is AlarmClass.TECHNICAL:
        return ()
    field = finding.facts.get("limit_field")
    fields = personal.keys() - {"enabled", "shadow"} if field is None else personal.keys() & {str(field)}
    return tuple(sorted({personal[name] for name in fields}))
