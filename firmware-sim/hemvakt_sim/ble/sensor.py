"""A sensor of the home that shouts its state as BTHome 2, encrypted or not: motion, door, smoke, gas, water."""

from enum import IntEnum

from hemvakt_sim.ble.button import Button


class Says(IntEnum):
    """Object numbers of https://bthome.io/format/, "Binary sensor data"."""

    CARBON_MONOXIDE = 0x17
    DOOR = 0x1A
    GAS = 0x1C
    MOISTURE = 0x20
    MOTION = 0x21
    SMOKE = 0x29


class Sensor(Button):
    """Speaks like a button, of a state."""

    async def tell(self, what: Says, value: int, seconds: float = 0.5) -> bytes:
        """Shout a state, 1 or 0, for ``seconds``; return what was shouted."""
        self.object = what
        return await self.press(seconds, what=value)
