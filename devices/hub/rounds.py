"""Listens to the air, and visits the devices of this home when they call."""

import asyncio
from contextlib import suppress

import structlog
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from devices.ble.advertisement import Advertisement
from devices.hub.config import Device, DeviceKind, HubConfig
from devices.hub.desk import Desk
from devices.hub.radio import ClientFactory, ScannerFactory
from devices.hub.reception import Reception
from devices.hub.shouts import Shouts
from devices.hub.storage import StorageFailedError
from devices.hub.visit import BondLostError, NothingToReadError, Visit

log = structlog.get_logger(__name__)

#: Connections at a time; a controller of a small computer holds about seven, and others want some too.
_AT_ONCE = 3
#: Seconds until a device is visited again: after a visit, and after failures.
_AFTER_VISIT_S = 5.0
_AFTER_FAILURE_S = (5.0, 10.0, 30.0, 60.0)
_RADIO_PAUSE_S = 10.0
_GONE = "The device went away before it had sent everything; the hub tries again when it calls."
_FORGOTTEN = (
    "The device does not know this hub any more, or another device uses its address. If it was reset: make it ready "
    "for pairing and run: hemvakt hub --forget {name}"
)
_STUMBLED = "The hub stumbled over what this device does; its log says where. Please report it."
_NOTHING = "The device has nothing that the hub can read; is it of another kind than the file says?"


class Rounds:
    """The allow-list at work: what does not stand in the file is not looked at."""

    def __init__(
        self,
        config: HubConfig,
        desk: Desk,
        keys: dict[str, bytes | None],
        scanner: ScannerFactory,
        client: ClientFactory,
    ) -> None:
        self._config, self._desk = config, desk
        self._make_scanner, self._connect = scanner, client
        self._shouts, self._reception = Shouts(desk, keys), Reception(desk)
        self._visits: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Listen for ever; a radio that is missing or fails is tried again."""
        try:
            while True:
                try:
                    await self._listen()
                except (BleakError, OSError) as error:
                    self._desk.health.radio_problem = f"The Bluetooth radio does not work: {error}"
                    log.warning("the radio does not work", reason=str(error))
                await asyncio.sleep(_RADIO_PAUSE_S)
        finally:
            await self._end_visits()

    async def _listen(self) -> None:
        scanner = self._make_scanner(self._detected)
        await scanner.start()
        self._desk.health.radio_problem = ""
        try:
            await asyncio.Event().wait()
        finally:
            with suppress(BleakError, OSError):
                await scanner.stop()

    def _detected(self, found: BLEDevice, advertised: AdvertisementData) -> None:
        device = self._config.at(found.address)
        if device is None:
            return
        self._desk.health.devices[device.name].heard(self._desk.now(), advertised.rssi)
        advertisement = Advertisement(
            address=found.address.upper(),
            name=advertised.local_name or "",
            service_data={uuid.lower(): data for uuid, data in advertised.service_data.items()},
            rssi=advertised.rssi,
        )
        if not self._shouts.take(device, advertisement) and device.kind is not DeviceKind.BUTTON:
            self._call(device, found)

    def _call(self, device: Device, found: BLEDevice) -> None:
        now = asyncio.get_running_loop().time()
        if device.name in self._visits or now < self._not_before.get(device.name, 0.0):
            return
        task = asyncio.create_task(self._visit(device, found), name=f"visit {device.name}")
        self._visits[device.name] = task
        task.add_done_callback(lambda _: self._visits.pop(device.name, None))

    async def _visit(self, device: Device, found: BLEDevice) -> None:
        try:
            async with self._slots:
                problem = await self._try(device, found)
        except Exception:
            # One device that makes the hub stumble must not take the button of the same home with it.
            log.exception("a visit failed", device=device.name)
            problem = _STUMBLED
        failures = 0 if problem is None else self._failures.get(device.name, 0) + 1
        self._failures[device.name] = failures
        pause = _AFTER_VISIT_S if not failures else _AFTER_FAILURE_S[min(failures, len(_AFTER_FAILURE_S)) - 1]
        self._not_before[device.name] = asyncio.get_running_loop().time() + pause
        if problem:
            self._desk.health.devices[device.name].say(problem)

    async def _try(self, device: Device, found: BLEDevice) -> str | None:
        """Visit a device; return what went wrong, empty when it is of no matter, None when all went well."""
        visit = Visit(device, self._desk, self._reception)
        try:
            client = await self._connect(found, device.name, visit.lost)
            try:
                taken = await visit.run(client)
            finally:
                with suppress(BleakError, TimeoutError, OSError):
                    await client.disconnect()
        except BondLostError:
            return _FORGOTTEN.format(name=device.name)
        except NothingToReadError:
            return _NOTHING
        except StorageFailedError:
            self._desk.health.storage_failed()
            return ""
        except (BleakError, TimeoutError, OSError, EOFError) as error:
            log.info("a visit ended early", device=device.name, reason=type(error).__name__)
            return _GONE if not visit.taken else ""
        log.info("visited", device=device.name, new_measurements=taken)
        return None

    async def _end_visits(self) -> None:
        tasks = list(self._visits.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
