"""Promise: a message is sent again and again, at a humane pace, until its own number is acknowledged."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hemvakt_sim.outbox import Outbox
from hemvakt_sim.packet import Packet
from hemvakt_sim.wire import Key


def key(seq: int, boot: str = "b") -> Key:
    return Key("pendant", boot, seq)


def packet(seq: int) -> Packet:
    return Packet("topic", str(seq).encode())


def play(outbox: Outbox, until: float) -> list[tuple[float, int]]:
    """Send whatever is due, in virtual time; return (time, seq) of each sending."""
    sendings, now = list[tuple[float, int]](), 0.0
    while now < until:
        for pending in outbox.due(now):
            outbox.sent(pending, now)
            sendings.append((round(now, 3), pending.key.seq))
        following = outbox.next_due()
        now = until if following is None else following
    return sendings


def test_a_message_is_repeated_after_2_s_and_then_ever_more_slowly_up_to_10_s() -> None:
    outbox = Outbox()
    outbox.put(key(1), packet(1), 0.0)
    times = [at for at, _ in play(outbox, 60)]
    assert times[:3] == [0, 2, 5]
    pauses = [round(later - earlier, 3) for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 10


def test_a_press_goes_before_heartbeats_that_wait() -> None:
    outbox = Outbox()
    for seq in range(1, 5):
        outbox.put(key(seq), packet(seq), 0.0)
    outbox.put(key(5), packet(5), 1.0, urgent=True)
    assert [pending.key.seq for pending in outbox.due(1.0)] == [5, 1, 2, 3, 4]


def test_after_a_long_outage_only_a_window_is_in_the_air() -> None:
    outbox = Outbox(window=3)
    for seq in range(1, 101):
        outbox.put(key(seq), packet(seq), 0.0)
    assert [pending.key.seq for pending in outbox.due(1000.0)] == [1, 2, 3]
    outbox.acknowledge([key(1), key(3)])
    assert [pending.key.seq for pending in outbox.due(1000.0)] == [2, 4, 5]


def test_a_new_connection_makes_everything_due_at_once() -> None:
    outbox = Outbox()
    outbox.put(key(1), packet(1), 0.0)
    play(outbox, 100)
    assert not outbox.due(100.0)
    outbox.rewind()
    assert [pending.key.seq for pending in outbox.due(100.0)] == [1]


@given(st.lists(st.tuples(st.sampled_from(["b", "c"]), st.integers(-5, 30)), max_size=60))
def test_only_the_very_number_ends_the_waiting(acks: list[tuple[str, int]]) -> None:
    outbox = Outbox(window=100)
    for seq in range(1, 21):
        outbox.put(key(seq), packet(seq), 0.0, urgent=seq % 3 == 0)
    for boot, seq in acks:
        outbox.acknowledge([key(seq, boot)])
    heard = {seq for boot, seq in acks if boot == "b"}
    assert {waiting.seq for waiting in outbox.waiting()} == set(range(1, 21)) - heard
