"""What devices have heard and show, and whether it is what was expected of them."""

from collections.abc import Mapping
from typing import NamedTuple

from hemvakt_sim.device import NumberedDevice
from hemvakt_sim.expect.steps import ExpectBuzz, ExpectHelp, ExpectLamp, ExpectQuestion, ExpectSettings, OfDevice
from hemvakt_sim.pendant import Lamp, Pendant

_LAMPS = {
    Lamp.LIT: "lit",
    Lamp.COMING: "lit for help on its way",
    Lamp.BLINKING: "blinking (not heard yet)",
    Lamp.OFF: "dark",
}


class _Count(NamedTuple):
    asked: int = 0
    buzzed: int = 0


class Heard:
    """Looks at devices; of what happens once, only what has happened since ``mark``."""

    def __init__(self) -> None:
        self._before: dict[str, _Count] = {}

    def mark(self, devices: Mapping[str, NumberedDevice]) -> None:
        """Remember how things stand."""
        self._before = {name: _Count(one.asked, one.buzzed) for name, one in devices.items()}

    def found(self, wanted: OfDevice, device: NumberedDevice) -> str:
        """Return in words that it is as expected; empty when it is not."""
        before = self._before.get(device.name, _Count())
        match wanted:
            case ExpectLamp(lamp=lamp):
                met = isinstance(device, Pendant) and device.lamp is lamp
            case ExpectQuestion():
                met = device.asked > before.asked
            case ExpectBuzz():
                met = device.buzzed > before.buzzed
            case ExpectHelp(state=state):
                met = device.help == state
            case ExpectSettings(settings=settings):
                met = all(getattr(device, name) == value for name, value in settings.said().items())
        return self.instead(wanted, device) if met else ""

    def instead(self, wanted: OfDevice, device: NumberedDevice) -> str:
        """Say how it is with what was asked about."""
        before = self._before.get(device.name, _Count())
        match wanted:
            case ExpectLamp():
                return f"the lamp of {device.name} is {_LAMPS[device.lamp]}" if isinstance(device, Pendant) else ""
            case ExpectQuestion():
                return "it asked" if device.asked > before.asked else "no question"
            case ExpectBuzz():
                return "it buzzed" if device.buzzed > before.buzzed else "no buzz"
            case ExpectHelp():
                return f"{device.name} was told: help {device.help}" if device.help else "no word about help"
            case ExpectSettings():
                beat = f"{device.heartbeat_s} s" if device.heartbeat_s else "not set"
                return f"{device.name} has heartbeat {beat}, volume {device.volume}, language {device.language}"
