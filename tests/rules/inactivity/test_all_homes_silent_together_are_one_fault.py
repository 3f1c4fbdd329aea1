"""A silence of the whole site is one technical finding and holds back what single homes would say."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from rules import outage
from rules.base import AlarmClass, Enrolment, Finding, Moment, Scope
from rules.inactivity import RULE
from tests.rules.inactivity.home import Home

MIDNIGHT = datetime(2026, 1, 12, tzinfo=UTC)


def heard(homes: int, at: datetime = MIDNIGHT) -> outage.Site:
    site = outage.Site()
    for home in range(homes):
        outage.hear(site, f"home-{home}", at)
    return site


def first_finding(site: outage.Site, until: datetime) -> Finding | None:
    """Do what the engine does while nothing is heard."""
    while (at := outage.look_at(site)) is not None and at <= until:
        if (finding := outage.look(site, at)) is not None:
            return finding
    return None


@pytest.mark.parametrize(("homes", "minutes"), [(5, 150), (10, 90), (30, 30), (3000, 30)])
def test_the_more_homes_the_sooner_their_silence_is_a_fault(homes: int, minutes: int) -> None:
    finding = first_finding(heard(homes), MIDNIGHT + timedelta(days=1))
    assert finding is not None
    assert finding.time - MIDNIGHT == timedelta(minutes=minutes)
    assert (finding.code, finding.alarm_class) == ("site_silent", AlarmClass.TECHNICAL)
    assert finding.facts["homes"] == homes


def test_it_is_told_once() -> None:
    site = heard(20)
    first_finding(site, MIDNIGHT + timedelta(days=1))
    assert outage.look_at(site) is None
    assert outage.deaf_since(site) == MIDNIGHT


def test_a_handful_of_homes_may_all_be_asleep() -> None:
    assert first_finding(heard(4), MIDNIGHT + timedelta(days=2)) is None


def test_a_site_whose_homes_are_all_gone_says_nothing() -> None:
    site = heard(20, MIDNIGHT - timedelta(days=2))
    site.last = MIDNIGHT.timestamp()
    assert first_finding(site, MIDNIGHT + timedelta(days=2)) is None
    assert outage.look_at(site) is None


def test_homes_that_are_gone_do_not_count() -> None:
    site = heard(20, MIDNIGHT - timedelta(days=2))
    for home in range(4):
        outage.hear(site, f"new-{home}", MIDNIGHT)
    assert first_finding(site, MIDNIGHT + timedelta(days=2)) is None
    assert len(site.heard) == 4


def test_the_first_home_that_is_heard_ends_it() -> None:
    site = heard(20)
    first_finding(site, MIDNIGHT + timedelta(days=1))
    over = outage.hear(site, "home-3", MIDNIGHT + timedelta(hours=60))
    assert over is not None
    assert over.restores
    assert over.facts == {"silent_h": 60.0}
    assert outage.deaf_since(site) is None
    assert outage.hear(site, "home-4", MIDNIGHT + timedelta(hours=60)) is None


def test_it_survives_a_snapshot() -> None:
    site = heard(20)
    first_finding(site, MIDNIGHT + timedelta(days=1))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(site), type=outage.Site)
    assert outage.deaf_since(again) == MIDNIGHT


def test_every_code_has_a_sentence_in_both_languages() -> None:
    site = heard(20)
    silent = first_finding(site, MIDNIGHT + timedelta(days=1))
    over = outage.hear(site, "home-1", MIDNIGHT + timedelta(days=1))
    for finding in (silent, over):
        assert finding is not None
        for language in ("en", "sv"):
            assert "{" not in outage.SENTENCES[language][finding.code].format(**finding.facts)


def test_no_home_is_judged_while_the_site_is_silent() -> None:
    home = Home(MIDNIGHT, learning=False)
    home.sign(MIDNIGHT)
    state = next(iter(home.engine._plans[0].slots.values())).state
    enrolment = Enrolment(scope=Scope.HOME, subject="home-1", since=MIDNIGHT)
    deaf = Moment(resumed_at=MIDNIGHT, deaf_since=MIDNIGHT)
    assert RULE.deadline(state, enrolment, deaf) is None
    assert RULE.deadline(state, enrolment, Moment(resumed_at=MIDNIGHT)) is not None
