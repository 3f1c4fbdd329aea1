"""T1 at the intake: after the clock was set back a press is told at once, and time goes on."""

from datetime import timedelta

from gateway import lease
from gateway.arrivals import Arrivals
from store.clock import ManualClock
from store.tables import page, timer
from tests.conftest import NIGHT
from tests.gateway.world import World, press


def test_T1_a_press_after_the_clock_was_set_back_is_told_now(world: World) -> None:
    world.turn()
    world.clock.advance(hours=-1)
    world.say(*press())
    (told,) = world.rows(page)
    assert told.due_at == world.clock.now()
    (step,) = [row.due_at for row in world.rows(timer) if row.kind == "step"]
    assert step <= world.clock.now() + timedelta(seconds=60)


def test_T1_the_lease_does_not_outlast_its_holder_by_what_the_clock_was_set_back(world: World) -> None:
    world.turn()
    world.clock.advance(hours=-1)
    world.say(*press())
    later = world.clock.now() + lease.HELD
    taken = world.database.write_now(lambda c: lease.acquire(c, "worker-0", "another", later))
    assert taken is not None


def test_T1_arrivals_never_go_back_and_never_stand_still() -> None:
    clock = ManualClock(NIGHT)
    arrivals = Arrivals(clock)
    assert arrivals.now() == NIGHT
    clock.advance(hours=-1)
    before = arrivals.now()
    assert before == NIGHT
    for _ in range(600):
        clock.advance(seconds=1)
        now = arrivals.now()
        assert now > before
        before = now
    # A duration measured meanwhile is a tenth too short, and no more.
    assert NIGHT + timedelta(minutes=9) <= before <= NIGHT + timedelta(minutes=9, seconds=1)


def test_T1_arrivals_are_on_the_clock_again_when_it_has_caught_up() -> None:
    clock = ManualClock(NIGHT)
    arrivals = Arrivals(clock)
    arrivals.now()
    clock.advance(seconds=-60)
    for _ in range(700):
        arrivals.now()
        clock.advance(seconds=1)
    assert arrivals.now() == clock.now()


def test_T1_a_clock_set_forward_is_followed_at_once() -> None:
    clock = ManualClock(NIGHT)
    arrivals = Arrivals(clock)
    arrivals.now()
    clock.advance(hours=1)
    assert arrivals.now() == NIGHT + timedelta(hours=1)
