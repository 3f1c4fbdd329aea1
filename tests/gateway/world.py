"""A small town with a gateway that works step by step, without a broker and without threads."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, insert, select

from alarms.settings import DeskSettings
from devices.family import families
from gateway.arrivals import Arrivals
from gateway.packet import Packet
from gateway.reading import Reader
from gateway.settings import IntakeSettings
from gateway.worker import Duty, Worker
from rules.registry import all_rules
from store import tables
from store.clock import Clock, ManualClock
from store.database import Database
from store.roster_version import count_up


def build_town(database: Database, clock: Clock) -> None:
    """Make two homes with a pendant each, a hub, a smoke detector and an SOS button, and somebody on duty."""
    now = clock.now()

    def work(connection: Any) -> None:
        connection.execute(insert(tables.team), {"id": "north", "name": "North", "zone": "Europe/Stockholm"})
        connection.execute(insert(tables.area), {"id": "north", "name": "North", "team_id": "north", "fallback": True})
        connection.execute(insert(tables.responder), {"id": "anna", "name": "Anna", "team_id": "north"})
        connection.execute(insert(tables.contact), {"responder_id": "anna", "channel": "console", "address": ""})
        rotation = {
            "id": "nights",
            "team_id": "north",
            "starts_on": now.date() - timedelta(days=7),
            "handovers": ["07:00"],
        }
        connection.execute(insert(tables.rotation), rotation | {"turns": [["anna"]], "active": True})
        for number in (1, 2):
            connection.execute(insert(tables.home), {"id": f"home-{number}", "area_id": "north", "address": "Street"})
            resident = {"id": f"resident-{number}", "home_id": f"home-{number}", "name": "Name", "sex": "female"}
            connection.execute(insert(tables.resident), resident)
            for family, address, kind in (
                ("hemvakt", f"pendant-{number}", "pendant"),
                ("hemvakt", f"hub-{number}", "hub"),
                ("zigbee2mqtt", f"home-{number}/smoke", "smoke"),
                ("zigbee2mqtt", f"home-{number}/sos", "sos"),
                ("zigbee2mqtt", f"home-{number}/pir", "pir"),
            ):
                name = address.replace("/", "-")
                device = {"id": name, "family": family, "address": address, "kind": kind, "added_at": now}
                connection.execute(insert(tables.device), device)
                stay = {"device_id": name, "home_id": f"home-{number}", "resident_id": f"resident-{number}"}
                connection.execute(insert(tables.assignment), stay | {"from_at": now})
        count_up(connection)

    database.write_now(work)


def press(device: str = "pendant-1", seq: int = 1, boot: str = "b", **more: Any) -> tuple[str, bytes]:
    """Return topic and payload of a press."""
    return f"hemvakt/v1/{device}/up/press", json.dumps({"boot": boot, "seq": seq, **more}).encode()


class FakeLink:
    """Remembers what was settled, and how much was stored at that moment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.packets: list[Packet] = []
        self.answers: list[tuple[str, bytes]] = []
        self.stored_at_ack: list[int] = []

    def settle(self, packets: list[Packet], answers: Sequence[tuple[str, bytes]]) -> None:
        self.packets += packets
        self.answers += answers
        self.stored_at_ack.append(self._database.read_now(lambda c: len(c.execute(select(tables.inbox.c.id)).all())))


class World:
    """The gateway of the town. ``restart`` is a new process on the same database."""

    def __init__(self, database: Database, clock: ManualClock, **settings: Any) -> None:
        self.database, self.clock = database, clock
        self._settings = IntakeSettings(**settings)
        self.mid = 0
        self._begin()

    def _begin(self) -> None:
        self.link = FakeLink(self.database)
        self.arrivals = Arrivals(self.clock)
        self.worker = Worker(
            self.database,
            self.clock,
            self.arrivals,
            self.link,
            Duty(
                rules=all_rules(),
                reader=Reader(families(), largest=self._settings.largest),
                settings=self._settings,
                desk=DeskSettings(),
                zone="Europe/Stockholm",
                holder="test",
            ),
        )

    def start(self) -> "World":
        assert self.worker._acquire()
        self.worker._persist(self.worker._take_up)
        return self

    def restart(self) -> "World":
        self._begin()
        return self.start()

    def send(self, topic: str, payload: bytes, **fields: Any) -> None:
        """Let a message arrive; it waits in the queue until ``turn``."""
        self.mid += 1
        self.arrivals.put(Packet(topic=topic, payload=payload, **{"mid": self.mid, "generation": 1} | fields))

    def turn(self) -> "World":
        """Work off the queue."""
        while True:
            self.arrivals.nudge()
            self.worker._turn()
            if not len(self.arrivals):
                return self

    def say(self, topic: str, payload: bytes, **fields: Any) -> "World":
        self.send(topic, payload, **fields)
        return self.turn()

    def rows(self, table: Table, **where: Any) -> list[Any]:
        query = select(table).order_by(*table.primary_key.columns)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        return list(self.database.read_now(lambda c: c.execute(query).all()))

    def presses(self) -> int:
        """How many presses are occurrences of alarms."""
        found = select(tables.occurrence.c.id, tables.alarm.c.rule).join(tables.alarm)
        return len(self.database.read_now(lambda c: c.execute(found.where(tables.alarm.c.rule == "press")).all()))
