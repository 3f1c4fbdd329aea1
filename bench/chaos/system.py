"""The parts of a running Hemvakt, each in a process of its own that can be killed."""

import asyncio
import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from alarms.escalation.policy import DEFAULTS
from bench.brokers import MOSQUITTO
from bench.chaos.database import Postgres
from bench.chaos.process import Supervised
from gateway.address import BrokerAddress
from gateway.children import end, spawn
from gateway.ports import free_port, is_free
from rules.base import AlarmClass

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def settings(data: Path, ports: dict[str, int], *, database: str | None, mqtt: str | None, mail: int) -> dict[str, Any]:
    """Return what all parts are told. People are asked every few seconds, so that a short run has many steps."""
    quick = DEFAULTS[AlarmClass.LIFE_SAFETY].model_dump() | {
        "steps": [{"after_s": after, "targets": [who]} for after, who in _STEPS],
        "ring_s": 15,
        "lease_s": 20,
        "attend_lease_s": 60,
        "confirm_s": 10,
    }
    return {
        "data_folder": str(data),
        "database": database,
        "port": ports["api"],
        "mqtt": {"url": mqtt, "port": ports["broker"]},
        "desk": {
            "policies": {"life_safety": quick},
            "webhook": {"secret": SECRET},
            "smtp": {"host": "127.0.0.1", "port": mail, "security": "none"},
            "provider_timeout_s": 4,
            "page_lease_s": 8,
            # Its people have proved no channel, and by day the desk would page them for it.
            "look_ahead": False,
        },
    }


_STEPS = ((0, "on_duty"), (10, "on_duty"), (10, "team"), (10, "supervisors"))


class System(ABC):
    """What a run is done to. ``names`` are the parts that can be killed."""

    names: tuple[str, ...]

    def __init__(self, folder: Path, clock: Path, broker: str, mail_port: int) -> None:
        self.folder, self._clock, self._broker, self._mail_port = folder, clock, broker, mail_port
        self.ports = {"api": free_port(), "broker": free_port()}
        self.processes: dict[str, Supervised] = {}
        self.broker_kills = 0
        self._mosquitto = _Mosquitto(folder, self.ports["broker"]) if broker == "mosquitto" else None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the data is."""

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports['api']}"

    @property
    def data(self) -> Path:
        return self.folder / "gateway"

    @abstractmethod
    async def prepare(self) -> None:
        """Start what must be there before the database can be filled."""

    @abstractmethod
    async def close(self) -> None:
        """Stop what ``prepare`` has started."""

    async def start(self) -> None:
        if self._mosquitto is not None:
            await self._mosquitto.start()
        file = self.folder / "settings.json"
        mqtt = None if self._mosquitto is None else f"mqtt://127.0.0.1:{self.ports['broker']}"
        told = settings(self.data, self.ports, database=self._told_url, mqtt=mqtt, mail=self._mail_port)
        file.write_text(json.dumps(told, indent=2))
        for name, role in self._roles().items():
            arguments = ("-m", "bench.chaos.role", role, str(file), str(self._clock))
            self.processes[name] = Supervised(name, self.folder / f"{name}.log", *arguments)
            self.processes[name].start()

    async def kill(self, name: str, pause_s: float) -> None:
        """Kill one part; return when it may run again."""
        if name != "broker":
            self.processes[name].kill(pause_s)
            await asyncio.sleep(pause_s)
        elif self._mosquitto is not None:
            self.broker_kills += 1
            await self._mosquitto.kill(pause_s)
        else:
            await self._kill_embedded()

    async def _kill_embedded(self) -> None:
        """Kill the gateway's own broker, which it starts again at once; wait for one if there is none just now."""
        for _ in range(100):
            if self.processes[self._keeper].kill_child("nats-server"):
                self.broker_kills += 1
                return
            await asyncio.sleep(0.2)

    async def stop(self) -> dict[str, int | None]:
        """End every part in order; return exit codes."""
        codes = {name: await process.stop(30) for name, process in self.processes.items()}
        if self._mosquitto is not None:
            await self._mosquitto.stop()
        return codes

    def devices_address(self) -> BrokerAddress | None:
        """Return the broker as devices reach it, or None while it has no password for them yet."""
        if self._mosquitto is not None:
            return BrokerAddress(host="127.0.0.1", port=self.ports["broker"])
        file = self.data / "broker" / "devices.password"
        if not file.exists():
            return None
        password = file.read_text("utf-8").strip()
        return BrokerAddress(host="127.0.0.1", port=self.ports["broker"], user="devices", password=password)

    @property
    def kills(self) -> dict[str, int]:
        return {name: process.kills for name, process in self.processes.items()} | {"broker": self.broker_kills}

    @property
    @abstractmethod
    def _told_url(self) -> str | None: ...

    #: The process whose child the embedded broker is.
    _keeper: str

    @abstractmethod
    def _roles(self) -> dict[str, str]: ...


class Roles(System):
    """Every role in a process of its own, on PostgreSQL."""

    names = ("gateway", "desk-1", "desk-2", "api", "broker", "database")
    _keeper = "gateway"

    def __init__(self, folder: Path, clock: Path, broker: str, mail_port: int) -> None:
        super().__init__(folder, clock, broker, mail_port)
        self._postgres = Postgres(folder / "postgres")

    @property
    def url(self) -> str:
        return self._postgres.url

    @property
    def _told_url(self) -> str:
        return self.url

    async def prepare(self) -> None:
        await self._postgres.create()

    async def kill(self, name: str, pause_s: float) -> None:
        if name != "database":
            await super().kill(name, pause_s)
            return
        self._postgres.kill()
        await self._postgres.wait()
        await asyncio.sleep(pause_s)
        await self._postgres.start()

    async def close(self) -> None:
        await self._postgres.stop()

    @property
    def kills(self) -> dict[str, int]:
        return super().kills | {"database": self._postgres.kills}

    def _roles(self) -> dict[str, str]:
        return {"gateway": "gateway", "desk-1": "desk", "desk-2": "desk", "api": "api"}


class Whole(System):
    """`hemvakt up`: one process, on SQLite."""

    names = ("hemvakt", "broker")
    _keeper = "hemvakt"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.data / 'hemvakt.db'}"

    @property
    def _told_url(self) -> None:
        return None

    async def prepare(self) -> None:
        self.data.mkdir(exist_ok=True)

    async def close(self) -> None:
        """Have nothing left to stop."""

    def _roles(self) -> dict[str, str]:
        return {"hemvakt": "up"}


class _Mosquitto:
    """Mosquitto as an existing installation runs it, with its persistence on."""

    def __init__(self, folder: Path, port: int) -> None:
        self._port = port
        self._folder = folder / "mosquitto"
        self._process: asyncio.subprocess.Process | None = None
        self._config = folder / "mosquitto.conf"

    async def start(self) -> None:
        self._folder.mkdir(exist_ok=True)
        self._folder.chmod(0o777)
        self._config.write_text(
            f"listener {self._port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            f"persistence true\npersistence_location {self._folder}/\nautosave_interval 5\n"
        )
        with self._folder.with_name("mosquitto.log").open("ab") as output:
            self._process = await spawn(MOSQUITTO, "-c", str(self._config), output=output)
        while is_free("127.0.0.1", self._port) and self._process.returncode is None:  # noqa: ASYNC110 - another program
            await asyncio.sleep(0.02)

    async def kill(self, pause_s: float) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
        await asyncio.sleep(pause_s)
        await self.start()

    async def stop(self) -> None:
        if self._process is not None:
            await end(self._process, 5)
