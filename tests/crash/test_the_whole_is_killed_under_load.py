"""Promises 1 and 4: over kill -9 of everything, while buttons are pressed, none is lost and each is heard."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from alarms import auditor
from alarms.settings import DeskSettings
from gateway.address import BrokerAddress
from gateway.ports import free_port
from store.clock import SystemClock
from store.database import Database
from store.schema import migrate
from store.tables import alarm, inbox, observation, occurrence
from tests.crash.running import Pressing, Process
from tests.gateway.mosquitto import mosquitto
from tests.gateway.world import build_town

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]


def _prepare(url: str) -> None:
    with Database(url) as database:
        migrate(database)
        build_town(database, SystemClock())


def _heard(url: str) -> Counter[str]:
    with Database(url) as database, database.reader.connect() as connection:
        joined = inbox.join(observation, observation.c.inbox_id == inbox.c.id)
        presses = select(inbox.c.device_id).select_from(joined).where(observation.c.kind == "press")
        return Counter(connection.scalars(presses))


def _wait_for_the_rest(url: str, pressing: Pressing) -> None:
    """What the broker took and has not handed over yet is late, not lost."""
    until = time.monotonic() + 30
    while _heard(url)["home-1-sos"] < pressing.sos_acknowledged and time.monotonic() < until:
        time.sleep(0.5)


def _require_all_heard(url: str, pressing: Pressing) -> None:
    heard = _heard(url)
    assert heard["pendant-1"] + heard["pendant-2"] == pressing.pressed
    assert pressing.sos_acknowledged > 0
    assert heard["home-1-sos"] >= pressing.sos_acknowledged
    with Database(url) as database, database.reader.connect() as connection:
        counted = select(func.count()).select_from(occurrence.join(alarm)).where(alarm.c.rule == "press")
        assert connection.scalar(counted) == heard.total()
        assert auditor.inspect(connection, SystemClock().now(), DeskSettings()).forgotten == ()


@pytest.fixture
def process() -> Iterator[list[Process]]:
    """Whatever is put in here is ended."""
    started: list[Process] = []
    yield started
    for one in started:
        one.end()


def test_with_the_embedded_broker_and_sqlite(tmp_path: Path, process: list[Process]) -> None:
    data, port = tmp_path / "data", free_port()
    url = f"sqlite:///{data / 'hemvakt.db'}"
    _prepare(url)
    up = Process(data, free_port(), "--mqtt-port", str(port)).start()
    process.append(up)
    up.wait_ready()
    password = (data / "broker" / "devices.password").read_text().strip()
    address = BrokerAddress(host="127.0.0.1", port=port, user="devices", password=password)
    with Pressing(address, per_second=20) as pressing:
        for _ in range(2):
            _until_pressed(pressing, 30)
            up.kill()
            up.start()
            up.wait_ready()
        _until_pressed(pressing, 30)
        up.kill_broker()
        _until_pressed(pressing, 60)
        pressing.finish()
        _wait_for_the_rest(url, pressing)
    assert up.stop() == 0
    _require_all_heard(url, pressing)


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_with_mosquitto_and_postgresql(tmp_path: Path, process: list[Process], postgres_url: str) -> None:
    _prepare(postgres_url)
    with mosquitto(tmp_path) as address:
        up = Process(tmp_path / "data", free_port(), "--mqtt", str(address), "--database", postgres_url).start()
        process.append(up)
        up.wait_ready()
        with Pressing(address, per_second=20) as pressing:
            for _ in range(2):
                _until_pressed(pressing, 30)
                up.kill()
                up.start()
                up.wait_ready()
            _until_pressed(pressing, 30)
            pressing.finish()
            _wait_for_the_rest(postgres_url, pressing)
        assert up.stop() == 0
    _require_all_heard(postgres_url, pressing)


def _until_pressed(pressing: Pressing, more: int) -> None:
    goal = pressing.pressed + more
    while pressing.pressed < goal:
        time.sleep(0.05)
