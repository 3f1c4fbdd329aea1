"""How the hub and its devices are, in plain words and never with a value. Shown on the page and told by heartbeats."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from devices.hub.config import HubConfig
from devices.hub.trouble import Standing, Trouble

log = structlog.get_logger(__name__)

_GOOD_DBM, _FAIR_DBM = -67, -80
#: What a radio says that has not measured it. Source: Bluetooth Core Specification, HCI, "LE Advertising Report".
_RSSI_UNKNOWN = 127
#: One readable frame right after an unreadable one does not make the device well.
_UNREADABLE_STANDS = timedelta(hours=1)
#: At the start of the machine the radio may come later than the hub.
_RADIO_MAY_START = timedelta(seconds=30)


@dataclass
class DeviceHealth:
    """What is known of a device since the hub started. Battery in percent, RSSI in dBm."""

    name: str
    kind: str
    heard_at: datetime | None = None
    rssi: int | None = None
    battery: int | None = None
    firmware: str = ""
    model: str = ""
    taken_at: datetime | None = None
    problem: str = ""
    #: What is told to the gateway until it is over, with when it was last so.
    troubles: dict[Trouble, datetime] = field(default_factory=dict)
    #: Somebody may play back its messages.
    suspected: bool = False
    #: Heard since the last heartbeat told of it.
    fresh: bool = False

    @property
    def signal(self) -> str:
        if self.rssi is None:
            return "unknown"
        return "good" if self.rssi >= _GOOD_DBM else "fair" if self.rssi >= _FAIR_DBM else "weak"

    def heard(self, now: datetime, rssi: int | None = None) -> None:
        self.heard_at, self.fresh = now, True
        if rssi is not None and rssi != _RSSI_UNKNOWN:
            self.rssi = rssi

    def took_over(self, now: datetime) -> None:
        """Something was taken over and is stored: what was wrong before is over."""
        self.taken_at, self.problem = now, ""
        self.troubles.pop(Trouble.PAIRING, None)
        unreadable_at = self.troubles.get(Trouble.UNREADABLE)
        if unreadable_at is not None and not timedelta(0) <= now - unreadable_at < _UNREADABLE_STANDS:
            del self.troubles[Trouble.UNREADABLE]

    def say(self, problem: str) -> None:
        """Show a problem until something is taken over; log it once."""
        if self.problem != problem:
            self.problem = problem
            log.warning("device problem", device=self.name, problem=problem)


@dataclass
class Health:
    """The hub's own state, and that of each device."""

    name: str
    started_at: datetime
    devices: dict[str, DeviceHealth]
    connected_since: datetime | None = None
    radio_problem: str = "The radio has not started."
    storage_problem: str = ""

    @classmethod
    def of(cls, config: HubConfig, now: datetime) -> "Health":
        devices = {one.name: DeviceHealth(name=one.name, kind=one.kind.value) for one in config.devices}
        return cls(name=config.name, started_at=now, devices=devices)

    @property
    def is_well(self) -> bool:
        return self.connected_since is not None and not self.radio_problem and not self.storage_problem

    def troubles(self, now: datetime) -> list[Standing]:
        """Return what is wrong now, the hub's own first."""
        # A clock that was set back a long way must not hide a radio that fails.
        radio_had_time = not timedelta(0) <= now - self.started_at < _RADIO_MAY_START
        own = [(Trouble.RADIO, bool(self.radio_problem) and radio_had_time), (Trouble.DISK, bool(self.storage_problem))]
        found = [Standing(trouble) for trouble, stands in own if stands]
        return found + [Standing(one, device.name) for device in self.devices.values() for one in device.troubles]

    def storage_failed(self) -> None:
        self.storage_problem = "Nothing can be stored; presses are sent from memory. Is the disk full?"
        log.error("nothing can be stored")
