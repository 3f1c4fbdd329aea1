"""Invariants I7, I9, I10 at the socket: generations, backpressure, lost sessions, loud failures."""

from collections.abc import Iterator

import pytest

from gateway.address import BrokerAddress
from gateway.arrivals import Arrivals
from gateway.link import Link, SubscriptionRefusedError
from gateway.packet import Packet
from store.clock import SystemClock
from tests.gateway.scripted_broker import Connection, ScriptedBroker, thread_of


@pytest.fixture
def broker() -> Iterator[ScriptedBroker]:
    scripted = ScriptedBroker()
    yield scripted
    scripted.close()


def _link(broker: ScriptedBroker, arrivals: Arrivals, **more: object) -> Link:
    address = BrokerAddress(host="127.0.0.1", port=broker.port)
    return Link(address, ["a/+", "b/#"], arrivals, client_id="test", **more)  # type: ignore[arg-type]


def _take(arrivals: Arrivals, count: int) -> list[Packet]:
    packets: list[Packet] = []
    while len(packets) < count:
        taken = arrivals.take(count, 5).packets
        assert taken, "nothing came"
        packets += taken
    return packets


def test_nothing_is_acknowledged_by_itself(broker: ScriptedBroker) -> None:
    arrivals = Arrivals(SystemClock())
    link = _link(broker, arrivals)
    with thread_of(link):
        connection = broker.next()
        connection.accept()
        for mid in (1, 2, 3):
            connection.publish("a/x", b"%d" % mid, mid)
        packets = _take(arrivals, 3)
        link.settle([packets[1]])
        assert connection.pubacks(1) == [2]
        link.settle([packets[0], packets[2]], [("a/down", b"we have it")])
        assert connection.pubacks(2) == [1, 3]
        kind, body = connection.packet()
        assert (kind, body) == (3, b"\x00\x06a/downwe have it")


def test_an_acknowledgement_for_an_older_connection_is_not_sent_on_a_newer_one(broker: ScriptedBroker) -> None:
    """emqx#16296: the same packet id meant another message there, and that one was lost."""
    arrivals = Arrivals(SystemClock())
    link = _link(broker, arrivals)
    with thread_of(link):
        first = broker.next()
        first.accept()
        first.publish("a/x", b"old", 79)
        (old,) = _take(arrivals, 1)
        first.cut()
        second = broker.next()
        second.accept(session=True)
        second.publish("a/x", b"new", 79)
        (new,) = _take(arrivals, 1)
        assert (old.generation, new.generation) == (1, 2)
        link.settle([old])
        second.publish("a/x", b"newest", 80)
        (newest,) = _take(arrivals, 1)
        link.settle([newest])
        assert second.pubacks(1) == [80]


def test_an_acknowledgement_that_is_settled_between_two_connections_is_sent_on_neither(broker: ScriptedBroker) -> None:
    arrivals = Arrivals(SystemClock())
    link = _link(broker, arrivals)
    with thread_of(link):
        first = broker.next()
        first.accept()
        first.publish("a/x", b"old", 5)
        (old,) = _take(arrivals, 1)
        first.cut()
        second = broker.next()
        # The client has sent CONNECT and waits; what is settled now belongs to no connection.
        link.settle([old], [("a/down", b"lost")])
        second.accept(session=True)
        second.publish("a/x", b"old", 5, dup=True)
        (again,) = _take(arrivals, 1)
        assert again.repeat
        link.settle([again])
        assert second.pubacks(1) == [5]


def test_the_session_is_kept_when_the_gateway_stops(broker: ScriptedBroker) -> None:
    link = _link(broker, Arrivals(SystemClock()))
    with thread_of(link):
        connection = broker.next()
        connection.accept()
        assert link.up.wait(5)
    assert connection.everything_until_the_end() == [14]


def test_a_session_that_the_broker_forgot_is_told(broker: ScriptedBroker) -> None:
    told: list[bool] = []
    link = _link(broker, Arrivals(SystemClock()), on_session=told.append)
    with thread_of(link):
        for session in (False, True, False):
            connection = broker.next()
            connection.accept(session=session)
            connection.publish("a/x", b"", 1)
            connection.cut()
        assert told == [False, False, True]


def test_a_session_known_from_an_earlier_life_and_forgotten_is_told_at_the_first_connection(
    broker: ScriptedBroker,
) -> None:
    told: list[bool] = []
    link = _link(broker, Arrivals(SystemClock()), known_session=True, on_session=told.append)
    with thread_of(link):
        broker.next().accept(session=False)
        assert link.up.wait(5)
    assert told == [True]


def test_a_refused_subscription_ends_the_thread_loudly(broker: ScriptedBroker) -> None:
    link = _link(broker, Arrivals(SystemClock()))
    with thread_of(link) as raised:
        connection = broker.next()
        connection.accept(refuse=True)
        assert connection.everything_until_the_end() == [14]
    assert [type(error) for error in raised] == [SubscriptionRefusedError]


def test_an_error_in_the_callback_ends_the_thread_loudly(
    broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paho's own thread would end silently and go on saying that it is connected (paho#365, #504, #704)."""
    arrivals = Arrivals(SystemClock())

    def fail(_packet: Packet) -> None:
        raise MemoryError

    monkeypatch.setattr(arrivals, "put", fail)
    link = _link(broker, arrivals)
    with thread_of(link) as raised:
        connection = broker.next()
        connection.accept()
        connection.publish("a/x", b"", 1)
        assert connection.everything_until_the_end() == [14]
    assert [type(error) for error in raised] == [MemoryError]


def test_a_full_queue_stops_the_reading_and_drops_nothing(broker: ScriptedBroker) -> None:
    arrivals = Arrivals(SystemClock(), capacity=50)
    link = _link(broker, arrivals)
    payload = b"x" * 20_000
    with thread_of(link):
        connection = broker.next()
        connection.accept()
        sent = _flood(connection, payload)
        assert sent > 60, "the network itself takes some"
        assert len(arrivals) <= 51
        received: list[Packet] = []
        while len(received) < sent:
            packets = _take(arrivals, 1)
            received += packets
            link.settle(packets)
        assert [packet.mid for packet in received] == list(range(1, sent + 1))
        assert sorted(connection.pubacks(sent)) == list(range(1, sent + 1))


def _flood(connection: Connection, payload: bytes) -> int:
    """Publish until the network takes no more; return the number of whole messages."""
    body = b"\x00\x03a/x"
    whole = 0
    while True:
        packet = body + (whole + 1).to_bytes(2, "big") + payload
        length = len(packet)
        head = bytes([0x32, length & 127 | 128, length >> 7 & 127 | 128, length >> 14])
        data, taken = head + packet, 0
        while taken < len(data):
            part = connection.try_publish(data[taken:])
            if not part and taken == 0:
                return whole
            taken += part
            if not part:
                return whole + _rest(connection, data[taken:])
        whole += 1


def _rest(connection: Connection, data: bytes) -> int:
    """Finish a message that the network has half of, in the background of the test."""
    import threading

    threading.Thread(target=connection._socket.sendall, args=(data,), daemon=True).start()
    return 1


def test_invalid_utf8_in_a_topic_is_handed_on_and_not_fatal(broker: ScriptedBroker) -> None:
    arrivals = Arrivals(SystemClock())
    link = _link(broker, arrivals)
    with thread_of(link):
        connection = broker.next()
        connection.accept()
        connection._socket.sendall(b"\x32\x08\x00\x03a/\xff\x00\x07x")
        (packet,) = _take(arrivals, 1)
        assert (packet.topic, packet.payload) == ("a/\\xff", b"x")
