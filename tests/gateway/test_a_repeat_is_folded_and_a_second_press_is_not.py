"""Invariant I4: N deliveries of one transmission are one occurrence, N presses are N occurrences."""

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.outstanding import Outstanding, Seen
from gateway.packet import Packet
from store.tables import inbox
from tests.gateway.world import World, press

SOS = ("zigbee2mqtt/home-1/sos", b'{"action":"emergency"}')


def test_a_numbered_press_that_comes_again_is_one_occurrence_and_gets_its_application_ack_again(world: World) -> None:
    world.send(*press(seq=7))
    world.send(*press(seq=7))
    world.turn()
    world.say(*press(seq=7)).restart().say(*press(seq=7))
    assert world.presses() == 1
    assert len(world.rows(inbox)) == 1
    assert world.link.answers == [("hemvakt/v1/pendant-1/down/ack", b'{"boot":"b","seq":[7]}')]


def test_presses_that_arrive_in_any_order_are_each_heard_once(world: World) -> None:
    order = [1, 2, 3, 4, 5] * 3
    random.Random(4).shuffle(order)
    for seq in order:
        world.send(*press(seq=seq))
    world.turn()
    assert world.presses() == 5
    assert [row.dedup_key for row in world.rows(inbox)] == list(
        dict.fromkeys(row.dedup_key for row in world.rows(inbox))
    )


def test_the_same_number_after_a_new_boot_or_of_another_device_is_another_press(world: World) -> None:
    world.say(*press(seq=1)).say(*press(seq=1, boot="c")).say(*press("pendant-2", seq=1))
    assert world.presses() == 3


def test_two_equal_presses_of_a_button_that_numbers_nothing_are_two(world: World) -> None:
    world.say(*SOS, mid=5).say(*SOS, mid=5)
    assert world.presses() == 2


def test_a_repeat_that_the_link_knows_is_acknowledged_and_not_stored(world: World) -> None:
    world.say(*SOS, mid=5, generation=1).say(*SOS, mid=5, generation=2, repeat=True)
    assert world.presses() == 1
    assert [packet.generation for packet in world.link.packets] == [1, 2]


def _packet(content: str, mid: int) -> Packet:
    return Packet(topic="t", payload=content.encode(), mid=mid)


def test_the_broker_sending_again_on_the_same_connection_is_in_hand() -> None:
    table = Outstanding()
    assert table.arrived(_packet("a", 1), duplicate=False) is Seen.NEW
    assert table.arrived(_packet("a", 1), duplicate=True) is Seen.IN_HAND
    assert table.arrived(_packet("b", 1), duplicate=True) is Seen.NEW


def test_what_was_acknowledged_is_new_when_it_comes_again_because_a_double_is_better_than_a_loss() -> None:
    table = Outstanding()
    table.arrived(_packet("a", 1), duplicate=False)
    table.acknowledged(1)
    table.connected(session_present=True)
    assert table.arrived(_packet("a", 1), duplicate=True) is Seen.NEW


def test_a_repeat_is_known_under_the_new_packet_id_of_a_broker_that_was_restarted() -> None:
    table = Outstanding()
    table.arrived(_packet("a", 5), duplicate=False)
    table.connected(session_present=True)
    assert table.arrived(_packet("a", 1), duplicate=True) is Seen.BEFORE
    assert table.arrived(_packet("a", 2), duplicate=True) is Seen.NEW


def test_a_broker_that_forgot_the_session_owes_nothing() -> None:
    table = Outstanding()
    table.arrived(_packet("a", 1), duplicate=False)
    table.connected(session_present=False)
    assert table.arrived(_packet("a", 1), duplicate=True) is Seen.NEW


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans()), max_size=30), st.randoms())
def test_over_any_cuts_and_restarts_no_transmission_is_folded_into_another(
    sent: list[tuple[str, bool, bool]], chance: random.Random
) -> None:
    """A broker that obeys MQTT: it sends again, with DUP, exactly what it has no acknowledgement of."""
    table = Outstanding()
    mids = iter(range(1, 10_000))
    unacked: dict[int, tuple[str, bool]] = {}
    stored = {"a": 0, "b": 0}
    transmitted = {"a": 0, "b": 0}

    def deliver(mid: int, content: str, *, duplicate: bool, read: bool) -> None:
        unacked[mid] = (content, read)
        if read:
            stored[content] += table.arrived(_packet(content, mid), duplicate=duplicate) is Seen.NEW

    for content, read, cut in sent:
        transmitted[content] += 1
        deliver(next(mids), content, duplicate=False, read=read)
        for mid in [mid for mid, (_, seen) in unacked.items() if seen and chance.random() < 0.3]:
            table.acknowledged(mid)
            del unacked[mid]
        if cut:
            table.connected(session_present=True)
            again = [content for content, _ in unacked.values()]
            unacked.clear()
            for one in again:
                deliver(next(mids), one, duplicate=True, read=True)
    table.connected(session_present=True)
    for content, _ in list(unacked.values()):
        deliver(next(mids), content, duplicate=True, read=True)
    assert stored == transmitted
