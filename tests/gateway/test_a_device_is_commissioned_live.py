"""``hemvakt device commission`` leads through the live test, and says what is missing when it does not succeed."""

from typing import Any

import pytest

from alarms import commissioning
from alarms.commissioning import State
from gateway.cli.commission import NotCommissionedError, NoTriggerError, guide
from gateway.settings import Settings
from store.clock import ManualClock
from store.database import Database
from tests.alarms.test_commissioning_needs_a_press_that_came_back import deliver
from tests.alarms.town import SETTINGS, Town, populate


class Visit:
    """A technician at a home; ``script`` says what happens at each look."""

    def __init__(self, database: Database, clock: ManualClock, script: list[str]) -> None:
        database.write_now(populate)
        self.town, self.script, self.said = Town(database, clock), list(script), list[str]()
        self.alarm = 0

    def wait(self, seconds: float) -> None:
        what = self.script.pop(0) if self.script else ""
        if what == "press":
            self.alarm = self.town.press()
        elif what == "deliver":
            deliver(self.town)
        elif what == "accept":
            self.town.accept(self.alarm, "cia")
        self.town.advance(seconds if what else 60)

    def guide(self, **changed: Any) -> None:
        values: dict[str, Any] = {"device": "pendant-1", "technician": "cia", "minutes": 10} | changed
        settings = Settings(desk=SETTINGS)
        guide(self.town.database, self.town.clock, settings, **values, say=self.said.append, wait=self.wait)

    @property
    def state(self) -> State:
        (found,) = self.town.see(commissioning.triggers)
        return found.state


def test_press_page_and_answer_put_it_into_service_and_end_the_test(database: Database, clock: ManualClock) -> None:
    visit = Visit(database, clock, ["", "press", "deliver", "accept"])
    visit.guide()
    assert visit.state is State.IN_SERVICE
    assert [line[:2] for line in visit.said[1:-1]] == ["1.", "2.", "3."]
    assert "in service" in visit.said[-1]
    assert visit.town.alarm(visit.alarm).outcome == "test"
    assert set(visit.town.names(visit.alarm)) == {"cia"}
    assert visit.town.names(visit.town.press()) == ["bo"]


@pytest.mark.parametrize(
    ("script", "words"), [([], "no press"), (["press"], "no page"), (["press", "accept"], "no page")]
)
def test_what_is_missing_is_said(database: Database, clock: ManualClock, script: list[str], words: str) -> None:
    visit = Visit(database, clock, script)
    with pytest.raises(NotCommissionedError, match=words):
        visit.guide()
    assert visit.state in {State.INSTALLED, State.TESTED}


def test_a_technician_who_gives_up_leaves_no_test_behind(sqlite: Database, clock: ManualClock) -> None:
    visit = Visit(sqlite, clock, [])

    def give_up(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guide(sqlite, clock, Settings(desk=SETTINGS), "pendant-1", "cia", 10, visit.said.append, give_up)
    assert visit.town.names(visit.town.press()) == ["bo"]


def test_a_device_that_serves_nobody_is_refused(sqlite: Database, clock: ManualClock) -> None:
    with pytest.raises(NoTriggerError):
        Visit(sqlite, clock, []).guide(device="pendant-9")
