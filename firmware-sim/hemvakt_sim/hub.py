"""A vitals hub: takes self-measurements at home and sends them on."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hemvakt_sim.device import NumberedDevice
from hemvakt_sim.wire import UNITS, Channel, Key, Value


class VitalsHub(NumberedDevice):
    """Sends one to eight values that were taken together; repeats them until the gateway acknowledges."""

    def measure(self, values: Mapping[str, float]) -> Key:
        """Send values by kind (``systolic``, ``glucose`` ...), in the unit that ``wire.UNITS`` gives for each kind."""
        return self.send_values([Value(kind, value, UNITS[kind]) for kind, value in values.items()])

    def send_values(self, values: Sequence[Value], *, time: datetime | None = None) -> Key:
        """Send values in units of the caller's choice (UCUM)."""
        key = self.send(Channel.MEASUREMENT, {"values": values}, time=time)
        self._tell(self.name, "measured " + ", ".join(value.kind for value in values))
        return key

    def fill_in(self, questionnaire: str, answers: Mapping[str, float]) -> Key:
        """Send a resident's answers, by question."""
        said = [{"question": question, "value": value} for question, value in answers.items()]
        self._tell(self.name, f"filled in {questionnaire}")
        return self.send(Channel.QUESTIONNAIRE, {"questionnaire": questionnaire, "answers": said})

    def heartbeat(self) -> Key:
        return self.send(Channel.HEARTBEAT, {"firmware": "1.8.0"})
