"""Kills the intake at its k-th call into the database or the broker, for every k: ``python points.py FOLDER URL``.

Everything is imported once; each life is a fork that is ended by ``os._exit(9)``, as by kill -9: no finally, no flush.
A call is counted when it has taken effect: the moment after one is the moment before the next. The broker is a story,
and a pair of files that outlive each life and say what was acknowledged. Each k has a life that dies there, some have
two, and then one lives on. Prints one JSON object.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event, select, text

from alarms import auditor
from alarms.settings import DeskSettings
from devices.family import families
from gateway.arrivals import Arrivals
from gateway.packet import Packet
from gateway.reading import Reader
from gateway.settings import IntakeSettings
from gateway.worker import Duty, Worker
from rules.registry import all_rules
from store import tables
from store.clock import ManualClock
from store.database import Database
from store.schema import migrate
from tests.gateway.world import build_town, press

NOW = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
SOS = ("zigbee2mqtt/home-1/sos", b'{"action":"emergency"}')
#: The story: (topic, payload) in the order in which the broker has them. The same pendant press comes twice.
STORY = [
    press(seq=1),
    SOS,
    ("zigbee2mqtt/home-1/smoke", b'{"smoke": true}'),
    press(seq=1),
    ("hemvakt/v1/pendant-2/up/press", b"not json"),
    press("stranger", seq=1),
    press(seq=2),
]
#: What its device repeats until it is answered, by number.
REPEATED = {1: press(seq=1), 2: press(seq=2)}
_KILLED = 9


class Countdown:
    """Ends the process at the k-th call; ``None`` never does."""

    def __init__(self, last: int | None) -> None:
        self.calls, self._last = 0, last

    def __call__(self, *_: Any, **__: Any) -> None:
        self.calls += 1
        if self.calls == self._last:
            os._exit(_KILLED)


class FileBroker:
    """Remembers on disk what was acknowledged; each write is a call at which the process may end."""

    def __init__(self, folder: Path, tick: Callable[..., None]) -> None:
        self._puback, self._answer, self._tick = folder / "puback", folder / "answer", tick

    def settle(self, packets: list[Packet], answers: Sequence[tuple[str, bytes]]) -> None:
        for packet in packets:
            self._tick()
            _append(self._puback, str(packet.mid))
        for _, payload in answers:
            self._tick()
            _append(self._answer, payload.decode())
        self._tick()

    def acknowledged(self) -> set[int]:
        return {int(line) for line in _lines(self._puback)}


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line + "\n")


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def live(folder: Path, url: str, last: int | None) -> int:
    """One life: recover, take in what the broker has no acknowledgement of. Return the number of calls."""
    tick = Countdown(last)
    with Database(url) as database:
        for engine in {database.writer, database.reader}:
            event.listen(engine, "after_cursor_execute", tick)
            event.listen(engine, "commit", tick)
        broker = FileBroker(folder, tick)
        clock = ManualClock(NOW)
        arrivals = Arrivals(clock)
        reader = Reader(families(), largest=256 * 1024)
        # A tiny batch, so that there are several transactions; a snapshot now and then.
        settings = IntakeSettings(batch=3, snapshot_observations=3)
        duty = Duty(rules=all_rules(), reader=reader, settings=settings, desk=DeskSettings(), zone="UTC", holder="x")
        worker = Worker(database, clock, arrivals, broker, duty)
        worker._acquire()
        worker._persist(worker._take_up)
        done = broker.acknowledged()
        for mid, (topic, payload) in enumerate(STORY, 1):
            if mid not in done:
                arrivals.put(Packet(topic=topic, payload=payload, mid=mid, generation=1))
        while len(arrivals):
            worker._turn()
        # A pendant says it again until it has the answer, whatever the broker has acknowledged.
        heard = _lines(folder / "answer")
        for mid, message in REPEATED.items():
            if f'{{"boot":"b","seq":[{mid}]}}' not in heard:
                arrivals.put(Packet(topic=message[0], payload=message[1], mid=100 + mid, generation=1))
        while len(arrivals):
            worker._turn()
    return tick.calls


def forked(work: Callable[[], Any]) -> int:
    """Run ``work`` in a process of its own; return its exit code, 3 when it raised."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - told by the exit code
            traceback.print_exc()
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stored(connection: Any) -> list[tuple[str, bytes]]:
    rows = connection.execute(select(tables.inbox.c.topic, tables.inbox.c.payload))
    return [(row.topic, bytes(row.payload)) for row in rows]


def acknowledged_and_missing(folder: Path, url: str) -> list[int]:
    """Right after a death: messages that were acknowledged and are not in the database."""
    with Database(url) as database:
        rows = database.read_now(stored)
    return [
        mid
        for mid in FileBroker(folder, lambda: None).acknowledged()
        if mid <= len(STORY) and STORY[mid - 1] not in rows
    ]


def wrong_at_the_end(folder: Path, url: str) -> dict[str, Any]:
    """Return what is wrong after a life that nobody ended; empty when nothing is."""

    def look(connection: Any) -> dict[str, Any]:
        rows = stored(connection)
        counted = text(
            "SELECT alarm.rule, count(*) FROM occurrence JOIN alarm ON alarm.id = alarm_id GROUP BY alarm.rule"
        )
        by_rule: dict[str, int] = dict(connection.execute(counted).all())
        sos = rows.count(SOS)
        return {
            "lost": [topic for topic, payload in STORY if (topic, payload) not in rows],
            "numbered presses": by_rule.get("press", 0) - sos != 2,
            # Without a number, a press that was stored and not acknowledged comes twice: a double, never a loss.
            "unnumbered presses": not 1 <= sos <= 3,
            "smoke": by_rule.get("smoke_leak") != 1,
            "intake": by_rule.get("intake", 0) < 2,
            "S4": list(auditor.inspect(connection, NOW, DeskSettings()).forgotten),
        }

    with Database(url) as database:
        wrong = database.read_now(look)
    wrong["unacknowledged"] = FileBroker(folder, lambda: None).acknowledged() < set(range(1, len(STORY) + 1))
    wrong["unanswered"] = not {'{"boot":"b","seq":[1]}', '{"boot":"b","seq":[2]}'} <= set(_lines(folder / "answer"))
    return {name: found for name, found in wrong.items() if found}


def prepare(url: str) -> None:
    with Database(url) as database:
        migrate(database)
        build_town(database, ManualClock(NOW))
        database.write_now(_let_the_audit_be_wiped)


def _let_the_audit_be_wiped(connection: Any) -> None:
    """Take away what keeps the audit from being emptied between two lives."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER audit_not_deleted"))
    else:
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))


#: The town as it was prepared, and settings, which are never deleted.
_KEPT = frozenset(
    {"team", "area", "responder", "contact", "rotation", "home", "resident", "device", "assignment", "rule_setting"}
)


def wipe(folder: Path, url: str) -> None:
    """Bring everything back to the town as it was prepared."""
    for name in ("puback", "answer"):
        (folder / name).unlink(missing_ok=True)

    def work(connection: Any) -> None:
        for table in reversed(tables.metadata.sorted_tables):
            if table.name not in _KEPT | {"meta"}:
                connection.execute(table.delete())
        connection.execute(tables.meta.delete().where(tables.meta.c.name != "roster_version"))

    with Database(url) as database:
        database.write_now(work)


def main(folder: Path, url: str, step: int) -> dict[str, Any]:
    # Imported once, here, and not in each of hundreds of forks.
    all_rules()
    families()
    note = folder / "note"

    def noted(work: Callable[[], Any]) -> Any:
        """Return what ``work`` returned in its own process."""
        note.unlink(missing_ok=True)
        assert forked(lambda: note.write_text(json.dumps(work()))) == 0
        return json.loads(note.read_text())

    noted(lambda: prepare(url))
    total = noted(lambda: live(folder, url, None))
    failures: list[dict[str, Any]] = []
    for last in range(1, total + 1, step):

        def die() -> None:
            wipe(folder, url)
            live(folder, url, last)  # noqa: B023 - called at once

        def die_again() -> None:
            live(folder, url, last)  # noqa: B023

        def live_on() -> dict[str, Any]:
            missing = acknowledged_and_missing(folder, url)
            live(folder, url, None)
            return wrong_at_the_end(folder, url) | ({"acknowledged and missing": missing} if missing else {})

        ends = [forked(die)]
        if last % 4 == 0:
            ends.append(forked(die_again))
        if ends[0] != _KILLED or ends[-1] not in {0, _KILLED}:
            failures.append({"k": last, "ends": ends})
        if wrong := noted(live_on):
            failures.append({"k": last, **wrong})
    return {"calls": total, "failures": failures}


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sys.stdout.write(
        json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)) + "\n"
    )
