"""After weeks without a network everything goes out in order, and a press goes first."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.hub.courier import WINDOW, Courier
from devices.hub.down import Down, acks
from devices.hub.queue import Queue
from devices.hub.storage import Storage

pytestmark = pytest.mark.looptime

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATENCY_S = 0.05


class Broker:
    """Takes each publish in a while; the gateway behind it acknowledges later, or not."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self.acks = True
        self.courier: Courier | None = None

    async def ready(self) -> int:
        return 1

    async def publish(self, topic: str, payload: bytes) -> None:
        await asyncio.sleep(LATENCY_S)
        message = json.loads(payload)
        self.seen.append((topic.rsplit("/", 1)[1], message["n"]))
        if self.acks and self.courier is not None:
            device = topic.split("/")[2]
            asyncio.get_running_loop().call_later(
                LATENCY_S, self.courier.acknowledged, device, message["boot"], [message["seq"]]
            )


@asynccontextmanager
async def courier(folder: Path, backlog: int) -> AsyncIterator[tuple[Queue, Broker, Courier]]:
    storage, broker = Storage(folder), Broker()
    queue = Queue(storage)
    for number in range(backlog):
        queue.put("cuff-1", "measurement", {"n": number}, NOW)
    made = Courier(queue)
    broker.courier = made
    task = asyncio.create_task(made.run(broker))
    try:
        yield queue, broker, made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        storage.close()


async def test_a_backlog_goes_out_in_order_and_each_message_once(tmp_path: Path) -> None:
    async with courier(tmp_path, 500) as (queue, broker, _):
        await asyncio.sleep(600)
        assert len(queue) == 0
        assert broker.seen == [("measurement", number) for number in range(500)]


async def test_a_press_in_the_middle_is_the_next_to_go(tmp_path: Path) -> None:
    async with courier(tmp_path, 500) as (queue, broker, made):
        await asyncio.sleep(5)
        before = len(broker.seen)
        assert 0 < before < 500
        queue.put("button-1", "press", {"n": -1}, NOW, urgent=True)
        made.wake()
        await asyncio.sleep(2.5 * LATENCY_S)
        assert ("press", -1) in broker.seen[before : before + 3]


async def test_without_acks_only_a_window_is_in_the_air_and_a_press_still_goes(tmp_path: Path) -> None:
    async with courier(tmp_path, 500) as (queue, broker, made):
        broker.acks = False
        await asyncio.sleep(600)
        assert {number for _, number in broker.seen} <= set(range(2 * WINDOW))
        before = len(broker.seen)
        queue.put("button-1", "press", {"n": -1}, NOW, urgent=True)
        made.wake()
        await asyncio.sleep(5)
        assert ("press", -1) in broker.seen[before:]


async def test_a_message_without_ack_is_repeated_ever_more_slowly_and_never_given_up(tmp_path: Path) -> None:
    async with courier(tmp_path, 0) as (queue, broker, made):
        broker.acks = False
        queue.put("cuff-1", "measurement", {"n": 0}, NOW)
        made.wake()
        await asyncio.sleep(86_400)
        assert 86_400 / 31 < len(broker.seen) < 86_400 / 29
        broker.acks = True
        await asyncio.sleep(31)
        assert len(queue) == 0


async def test_an_ack_of_something_else_takes_nothing_out(tmp_path: Path) -> None:
    async with courier(tmp_path, 1) as (queue, broker, made):
        broker.acks = False
        await asyncio.sleep(1)
        for device, boot, seqs in (
            ("cuff-2", queue.boot, [1]),
            ("cuff-1", "another boot", [1]),
            ("cuff-1", queue.boot, [2, 2**53 - 1]),
            ("cuff-1", queue.boot, []),
        ):
            assert made.acknowledged(device, boot, seqs) == 0
        assert len(queue) == 1
        assert made.acknowledged("cuff-1", queue.boot, [1, 1]) == 1


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("hemvakt/v1/cuff-1/down/ack", b""),
        ("hemvakt/v1/cuff-1/down/ack", b"\xff\xfe"),
        ("hemvakt/v1/cuff-1/down/ack", b'{"boot": 7, "seq": [1]}'),
        ("hemvakt/v1/cuff-1/down/ack", b'{"boot": "a", "seq": ["1"]}'),
        ("hemvakt/v1/cuff-1/down/ack", b"[" * 100_000),
        ("hemvakt/v1/cuff-1/up/ack", b'{"boot": "a", "seq": [1]}'),
        ("hemvakt/v1/a/b/down/ack", b'{"boot": "a", "seq": [1]}'),
        ("hemvakt/v1/neighbour/down/ack", b'{"boot": "a", "seq": [1]}'),
    ],
)
async def test_what_is_no_ack_is_not_taken_for_one(topic: str, payload: bytes) -> None:
    assert acknowledged(topic, payload) == []


async def test_numbers_that_cannot_be_are_left_out_of_an_ack() -> None:
    payload = b'{"boot": "a", "seq": [0, -1, 1, 9007199254740992, 99999999999999999999999]}'
    assert acknowledged("hemvakt/v1/cuff-1/down/ack", payload) == [("cuff-1", "a", [1])]


def acknowledged(topic: str, payload: bytes) -> list[tuple[str, str, list[int]]]:
    """Return what the hub takes a message for."""
    heard: list[tuple[str, str, list[int]]] = []
    Down(["cuff-1"], {"ack": acks(lambda *ack: heard.append(ack))}).heard(topic, payload)
    return heard
