"""Listens to the air, and visits the devices of this home when they call."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from devices.ble.advertisement import Advertisement
from devices.hub.config import SHOUTING, Device, HubConfig
from devices.hub.desk import Desk
from devices.hub.radio import ClientFactory, ScannerFactory
from devices.hub.reception import Reception
from devices.hub.shouts import Shouts
from devices.hub.storage import StorageFailedError
from devices.hub.trouble import Trouble
from devices.hub.visit import BondLostError, NothingToReadError, NotPairedError, Visit

log = structlog.get_logger(__name__)

#: Attempts to connect at a time. Connections themselves are not counted: a worn sensor holds one for hours.
_CONNECTING_AT_ONCE = 2
#: Seconds until a device is visited again: after one that brought something, after each empty one, after each failure.
_AFTER_VISIT_S = 5.0
_AFTER_EMPTY_S = (10.0, 20.0, 30.0, 60.0)
_AFTER_FAILURE_S = (5.0, 10.0, 30.0, 60.0)
_RADIO_PAUSE_S = 10.0
#: Neighbours, phones and televisions are heard all the time; after such a silence the scan is started anew.
_DEAF_S = 300.0
_GONE = "The device went away before it had sent everything; the hub tries again when it calls."
_FORGOTTEN = (
    "The device does not know this hub any more, or another device uses its address. If it was reset: make it ready "
    "for pairing and run: hemvakt hub --forget {name}"
)
_STUMBLED = "The hub stumbled over what this device does; its log says where. Please report it."
_NOT_PAIRED = "The device does not pair. Make it ready for pairing, as its manual says, and let it measure."
_NOTHING = "The device has nothing that the hub can read; is it of another kind than the file says?"


class _VisitFailedError(Exception):
    """What went wrong in a visit, in words for the health page; none where it is no matter."""

    def __init__(self, words: str, trouble: Trouble | None = None) -> None:
        super().__init__(words)
        self.words, self.trouble = words, trouble


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
        self._heard = asyncio.Event()
        self._in_vain: dict[str, int] = {}
        self._connecting = asyncio.Semaphore(_CONNECTING_AT_ONCE)

    async def run(self) -> None:
        """Listen for ever; a radio that is missing or fails is tried again."""
        try:
            while True:
                try:
                    await self._listen()
                except (BleakError, OSError) as error:
                    self._desk.health.radio_problem = f"The Bluetooth radio does not work: {error}"
                    log.warning("the radio does not work", reason=str(error))
                except Exception:
                    # Backends let errors of their bus through as they are (bleak 3.1: KeyError, EOFError).
                    self._desk.health.radio_problem = "The Bluetooth radio does not work; the log says why."
                    log.exception("the radio does not work")
                else:
                    continue
                await asyncio.sleep(_RADIO_PAUSE_S)
        finally:
            await self._end_visits()

    async def _listen(self) -> None:
        scanner = self._make_scanner(self._detected)
        await scanner.start()
        self._desk.health.radio_problem = ""
        try:
            await self._until_deaf()
        finally:
            with suppress(BleakError, OSError):
                await scanner.stop()

    async def _until_deaf(self) -> None:
        """Wait until nothing at all has been heard for a while: a scan that has died does not say so."""
        with suppress(TimeoutError):
            while True:
                self._heard.clear()
                async with asyncio.timeout(_DEAF_S):
                    await self._heard.wait()
                await asyncio.sleep(_DEAF_S)

    def _detected(self, found: BLEDevice, advertised: AdvertisementData) -> None:
        self._heard.set()
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
        if not self._shouts.take(device, advertisement) and device.kind not in SHOUTING:
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
            taken = await self._try(device, found)
        except _VisitFailedError as problem:
            self._wait(device, _AFTER_FAILURE_S)
            health = self._desk.health.devices[device.name]
            if problem.words:
                health.say(problem.words)
            if problem.trouble is not None:
                health.troubles[problem.trouble] = self._desk.now()
        except Exception:
            # One device that makes the hub stumble must not take the button of the same home with it.
            log.exception("a visit failed", device=device.name)
            self._wait(device, _AFTER_FAILURE_S)
            self._desk.health.devices[device.name].say(_STUMBLED)
        else:
            log.info("visited", device=device.name, new_measurements=taken)
            self._wait(device, () if taken else _AFTER_EMPTY_S)

    def _wait(self, device: Device, pauses: Sequence[float]) -> None:
        """Let a device rest: ever longer along ``pauses``, or a moment only when there are none."""
        in_vain = self._in_vain.get(device.name, 0) if pauses else 0
        pause = pauses[min(in_vain, len(pauses) - 1)] if pauses else _AFTER_VISIT_S
        self._in_vain[device.name] = in_vain + bool(pauses)
        self._not_before[device.name] = asyncio.get_running_loop().time() + pause

    async def _try(self, device: Device, found: BLEDevice) -> int:
        """Visit a device; return how many measurements are new. Raises _VisitFailedError, and what nobody expects."""
        visit = Visit(device, self._desk, self._reception)
        try:
            async with self._connecting:
                client = await self._connect(found, device.name, visit.lost)
            try:
                return await visit.run(client)
            finally:
                with suppress(BleakError, TimeoutError, OSError):
                    await client.disconnect()
        except NotPairedError as error:
            raise _VisitFailedError(_NOT_PAIRED, Trouble.PAIRING) from error
        except BondLostError as error:
            raise _VisitFailedError(_FORGOTTEN.format(name=device.name), Trouble.PAIRING) from error
        except NothingToReadError as error:
            raise _VisitFailedError(_NOTHING) from error
        except StorageFailedError as error:
            self._desk.health.storage_failed()
            raise _VisitFailedError("") from error
        except (BleakError, TimeoutError, OSError, EOFError) as error:
            log.info("a visit ended early", device=device.name, reason=type(error).__name__)
            raise _VisitFailedError("" if visit.taken else _GONE) from error

    async def _end_visits(self) -> None:
        tasks = list(self._visits.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
