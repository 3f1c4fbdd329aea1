"""A glucose meter: service 0x1808. Keeps all records, and hands them out when asked by number."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from bumble.att import Attribute
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Clock, Peripheral, Surroundings

_OFFSET, _CONCENTRATION, _CONTEXT_FOLLOWS = 0x01, 0x02, 0x10
_MEAL_PRESENT = 0x02
_CAPILLARY_FINGER, _CONTROL_SOLUTION = 0x11, 0x4A
_REPORT, _COUNT, _COUNT_RESPONSE, _RESPONSE = 0x01, 0x04, 0x05, 0x06
_ALL, _AT_LEAST, _LAST = 0x01, 0x03, 0x06
_SUCCESS, _UNSUPPORTED, _OPERATOR_UNSUPPORTED, _NO_RECORDS = 1, 2, 4, 6


class Record(NamedTuple):
    """A stored record: its number, its measurement and, where a meal was told, its context."""

    number: int
    measurement: bytes
    context: bytes | None


class GlucoseMeter(Peripheral):
    """Measurements in mg/dL. Nothing is sent before it is asked for."""

    service_number, measurement_number = 0x1808, 0x2A18
    indicates = False

    def __init__(
        self,
        air: Surroundings,
        address: str,
        name: str,
        *,
        clock: Clock,
        bonding: bool = True,
        battery: int = 80,
        passkey: int | None = None,
    ) -> None:
        super().__init__(air, address, name, clock=clock, bonding=bonding, battery=battery, passkey=passkey)
        self.records: list[Record] = []
        #: Requests as they came, for tests.
        self.requests: list[bytes] = []
        self._number = 0
        self._context = self.subscribable(0x2A34, indicate=False)
        self._control = self.subscribable(0x2A52, indicate=True)
        self._control.properties |= Characteristic.Properties.WRITE
        self._control.permissions |= Attribute.Permissions.WRITEABLE
        self._control.value = CharacteristicValue(write=self._asked)

    def own_characteristics(self) -> Sequence[Characteristic[bytes]]:
        return (self._context, self._control)

    def measure(self, mg_dl: int, *, meal: int | None = None, control: bool = False, moved: int = 0) -> Record:
        """Measure a resident. ``meal`` is the code of the context; the clock was moved by ``moved`` minutes."""
        self._number += 1
        now = self.clock()
        flags = _OFFSET | _CONCENTRATION | (0 if meal is None else _CONTEXT_FOLLOWS)
        base = None if now is None else now - timedelta(minutes=moved)
        frame = bytes((flags,)) + encode.uint16(self._number) + encode.date_time(base)
        frame += moved.to_bytes(2, "little", signed=True) + encode.sfloat(f"{mg_dl}E-5")
        frame += bytes((_CONTROL_SOLUTION if control else _CAPILLARY_FINGER,))
        context = None if meal is None else bytes((_MEAL_PRESENT,)) + encode.uint16(self._number) + bytes((meal,))
        record = Record(self._number, frame, context)
        self.records.append(record)
        self.unsent.append(frame)
        return record

    def reset(self) -> None:
        """Lose all records and number anew, as after a change of batteries."""
        self.records, self.unsent, self._number = [], [], 0

    async def serve(self, connection: Connection) -> None:
        """Wait to be asked."""

    def _asked(self, connection: Connection, request: bytes) -> None:
        self.requests.append(bytes(request))
        self.later(self._answer(connection, bytes(request)))

    async def _answer(self, connection: Connection, request: bytes) -> None:
        chosen = self._chosen(request[1:])
        if request[0] == _COUNT and chosen is not None:
            response = bytes((_COUNT_RESPONSE, 0)) + encode.uint16(len(chosen))
        elif request[0] != _REPORT or chosen is None:
            code = _OPERATOR_UNSUPPORTED if request[0] == _REPORT else _UNSUPPORTED
            response = bytes((_RESPONSE, 0, request[0], code))
        else:
            for record in chosen:
                sent = await self.send(connection, self.measurement, record.measurement)
                if record.context is not None:
                    await self.send(connection, self._context, record.context)
                if sent and record.measurement in self.unsent:
                    self.unsent.remove(record.measurement)
            response = bytes((_RESPONSE, 0, _REPORT, _SUCCESS if chosen else _NO_RECORDS))
        await self.send(connection, self._control, response)

    def _chosen(self, operator: bytes) -> list[Record] | None:
        if operator == bytes((_ALL,)):
            return list(self.records)
        if operator == bytes((_LAST,)):
            return self.records[-1:]
        if operator[:2] == bytes((_AT_LEAST, 1)):
            lowest = int.from_bytes(operator[2:], "little")
            return [record for record in self.records if record.number >= lowest]
        return None
