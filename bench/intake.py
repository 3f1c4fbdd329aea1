"""Durable observations per second of the intake, beside a consumer that only decodes, in the same run.

Method: messages are queued at the broker for a persistent session while its client is away; then the client comes and
the time is taken from its first message to its last. So the publisher costs the consumer nothing. The bare consumer is
paho-mqtt with manual acknowledgement: it decodes with the same code, and acknowledges. The intake does all that the
product does: rules, SQLite with ``synchronous=FULL`` (or PostgreSQL), acknowledgement after commit, application acks.
"""

import asyncio
import contextlib
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench import brokers, town
from devices.family import families, match, topic_filters
from gateway.address import BrokerAddress
from gateway.intake_role import IntakeRole
from gateway.settings import MqttSettings, Settings
from store.clock import SystemClock
from store.database import Database
from store.schema import migrate

HOMES = 500


def new_client(address: BrokerAddress, name: str, *, clean: bool, manual: bool = False) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean, manual_ack=manual, protocol=mqtt.MQTTv311
    )
    if address.user:
        client.username_pw_set(address.user, address.password)
    client.max_inflight_messages_set(500)
    return client


def open_session(address: BrokerAddress, name: str) -> None:
    """Make a persistent session that queues, and leave."""
    client = new_client(address, name, clean=False, manual=True)
    subscribed = threading.Event()
    client.on_connect = lambda c, *_: c.subscribe([(topic, 1) for topic in topic_filters(families())])
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(address.host, address.port)
    client.loop_start()
    if not subscribed.wait(10):
        raise TimeoutError
    client.disconnect()
    client.loop_stop()


def fill(address: BrokerAddress, count: int, boot: str) -> None:
    """Publish ``count`` measurements of one value each, from many hubs."""
    client = new_client(address, "bench-publisher", clean=True)
    left = threading.Semaphore(0)
    client.on_publish = lambda *_: left.release()
    client.connect(address.host, address.port)
    client.loop_start()
    for number in range(count):
        body = {
            "boot": boot,
            "seq": number + 1,
            "values": [{"kind": "pulse", "value": 60 + number % 40, "unit": "/min"}],
        }
        client.publish(f"hemvakt/v1/hub-{number % HOMES}/up/measurement", json.dumps(body), 1)
        if number >= 1000:
            left.acquire()
    for _ in range(min(count, 1000)):
        left.acquire()
    client.disconnect()
    client.loop_stop()


def bare(address: BrokerAddress, name: str, count: int) -> float:
    """Drain with a consumer that decodes and acknowledges; return messages per second."""
    client = new_client(address, name, clean=False, manual=True)
    known = families()
    times: list[float] = []
    done = threading.Event()

    def on_message(consumer: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        found = match(known, message.topic)
        if found is not None:
            found[0].decode(message.topic, bytes(message.payload))
        consumer.ack(message.mid, message.qos)
        times.append(time.perf_counter())
        if len(times) == count:
            done.set()

    client.on_message = on_message
    client.connect(address.host, address.port)
    client.loop_start()
    if not done.wait(300):
        raise TimeoutError(f"{len(times)} of {count}")
    client.disconnect()
    client.loop_stop()
    return (count - 1) / (times[-1] - times[0])


async def ours(database: Database, settings: Settings, address: BrokerAddress, count: int) -> float:
    """Drain with the intake; return observations per second, from the first commit to the last."""
    role = IntakeRole(database, SystemClock(), settings, address, holder="bench")
    task = asyncio.create_task(role.run())
    start = database.read_now(_counted)
    begun, before = 0.0, 0
    while True:
        await asyncio.sleep(0.01)
        if task.done():
            await task
        now, stored = time.perf_counter(), database.read_now(_counted) - start
        if stored and not begun:
            begun, before = now, stored
        if stored >= count:
            break
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return (count - before) / (now - begun)


def _counted(connection: Any) -> int:
    return int(connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM inbox").scalar())


async def measure(broker: str, count: int) -> dict[str, float | str]:
    """Measure both on one broker."""
    with tempfile.TemporaryDirectory() as folder:
        run = brokers.nats if broker == "nats-server" else brokers.mosquitto
        async with run(Path(folder) / "broker") as (address, device):
            with Database(f"sqlite:///{folder}/hemvakt.db") as database:
                migrate(database)
                database.write_now(lambda c: town.build(c, HOMES, SystemClock().now()))
                settings = Settings(mqtt=MqttSettings(client_id="bench-ours"))
                open_session(address, "bench-bare")
                await asyncio.to_thread(fill, device, count, "a")
                plain = await asyncio.to_thread(bare, address, "bench-bare", count)
                open_session(address, "bench-ours")
                await asyncio.to_thread(fill, device, count, "b")
                durable = await ours(database, settings, address, count)
    return {
        "broker": broker,
        "bare_per_s": round(plain),
        "durable_per_s": round(durable),
        "ratio": round(durable / plain, 2),
    }


if __name__ == "__main__":
    import sys

    for name in ("mosquitto", "nats-server"):
        print(asyncio.run(measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
