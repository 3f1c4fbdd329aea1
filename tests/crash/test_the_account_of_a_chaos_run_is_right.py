"""A chaos run is told by its seed, and its account finds whatever is lost; else it would prove nothing."""

from collections import Counter
from dataclasses import replace

import pytest

from bench.chaos.inspection import Account
from bench.chaos.plan import Fault, plan
from bench.chaos.verdict import Seen, judge

PROCESSES = ("gateway", "desk-1", "desk-2", "api", "broker", "database")


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    one, again, other = (plan(seed, 300, PROCESSES, ["0", "1"], 6) for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize("seed", range(20))
def test_every_process_dies_and_every_fault_happens_before_any_happens_twice(seed: int) -> None:
    events = plan(seed, 3600, PROCESSES, ["0"], 6)
    deck = len(PROCESSES) + 4
    for start in range(0, len(events) - deck, deck):
        cards = events[start : start + deck]
        assert {event.target for event in cards if event.what is Fault.KILL} == set(PROCESSES)
        assert {event.what for event in cards} == set(Fault)
    assert [event.at_s for event in events] == sorted(event.at_s for event in events)
    assert events[-1].at_s <= 3240


FOUND = Account(
    alarms=2,
    occurrences=3,
    pages=Counter(sent=2, cancelled=1),
    heard=Counter({("pendant-1", 1): 1, ("pendant-2", 2): 1}),
    sos_heard=1,
    life_safety={1, 2},
    sent_keys={"a", "b"},
    audit_rows=9,
    audit_broken_at=None,
)
SEEN = Seen(
    pressed=2,
    repeats=1,
    acked={("pendant-1", 1), ("pendant-2", 2)},
    sos_acked=1,
    told=Counter(a=1, b=2),
    told_alarms={1},
    helped={2},
    attempts=4,
    forgotten=[],
    done={},
)


def test_where_all_is_accounted_for_nothing_is_lost_and_a_double_is_told() -> None:
    result = judge(FOUND, SEEN)
    assert result.lost == 0
    assert result.figures["doubled (same key again)"] == 1


@pytest.mark.parametrize(
    ("found", "seen"),
    [
        (replace(FOUND, heard=Counter({("pendant-1", 1): 1})), SEEN),
        (replace(FOUND, sos_heard=0), SEEN),
        (replace(FOUND, life_safety={1, 2, 3}), SEEN),
        (replace(FOUND, sent_keys={"a", "b", "c"}), SEEN),
        (replace(FOUND, pages=Counter(pending=1)), SEEN),
        (replace(FOUND, audit_broken_at=4), SEEN),
        (replace(FOUND, forgotten=(1,)), SEEN),
        (FOUND, replace(SEEN, pressed=3)),
        (FOUND, replace(SEEN, forgotten=["1 in sample 7"])),
    ],
)
def test_each_kind_of_loss_is_found(found: Account, seen: Seen) -> None:
    assert judge(found, seen).lost == 1
