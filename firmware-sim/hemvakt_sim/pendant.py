"""A pendant: a button, a lamp ("help is told", "help is on its way"), a sense of motion, and a battery."""

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Unpack

from hemvakt_sim import motion
from hemvakt_sim.broker import Broker
from hemvakt_sim.device import NumberedDevice, Options
from hemvakt_sim.outbox import Pending
from hemvakt_sim.wire import Channel, Help, Key, Prompt, Window


class Lamp(StrEnum):
    """What the wearer sees. Only the gateway's own word lights it: a broker's PUBACK does not."""

    OFF = "off"
    BLINKING = "blinking"
    LIT = "lit"
    COMING = "coming"


class Pendant(NumberedDevice):
    """A worn alarm. Every message is repeated until the gateway acknowledges it; presses go before everything else."""

    def __init__(self, name: str, broker: Broker, **options: Unpack[Options]) -> None:
        super().__init__(name, broker, **options)
        self.lamp = Lamp.OFF
        #: Percent left.
        self.battery = 96.0
        self.tamper = False
        self.firmware = "2.4.1"
        #: Whether it can ask its wearer, and what the wearer then does: "fine", "help", or nothing.
        self.prompts = False
        self.reply = ""
        self._presses: set[Key] = set()
        #: The alarms that it was told of and that are not closed, and how it stands with each.
        self._helps: dict[int, str] = {}
        #: Whether it has heard since the last press that help is on its way.
        self._coming = False

    def press(self, button: str = "main") -> Key:
        """Press the button. The lamp blinks until the gateway has this press."""
        key = self.send(Channel.PRESS, {"button": button}, urgent=True)
        self._presses.add(key)
        self._coming = False
        self.lamp = Lamp.BLINKING
        self._tell(self.name, f"pressed (boot {key.boot}, seq {key.seq}); lamp blinks")
        return key

    def heartbeat(self) -> Key:
        said = {"battery": self.battery, "tamper": self.tamper, "firmware": self.firmware}
        return self.send(Channel.HEARTBEAT, said | ({"prompt": True} if self.prompts else {}))

    def wear(self, *, on: bool) -> Key:
        self._tell(self.name, "put on" if on else "taken off")
        return self.send(Channel.WEARING, {"wearing": on})

    def feel(self, window: Window, *, ended: datetime | None = None, urgent: bool = False) -> Key:
        """Send a window of acceleration whose last sample is of ``ended``, by default of now.

        The message carries the time of the oldest sample.
        """
        last = ended or self.clock()
        began = None if last is None else last - timedelta(seconds=window.seconds)
        return self.send(Channel.ACCELERATION, window.fields(), urgent=urgent, time=began)

    def fall(self, seed: int = 0) -> Key:
        """Send the window around a synthetic fall that has just come to rest."""
        window = motion.fall(seed)
        self._tell(self.name, f"fell; sends {window.seconds:.0f} s of acceleration")
        return self.feel(window, urgent=True)

    def update(self, firmware: str) -> None:
        """Run another program from now on: it starts anew, and its first word names the program."""
        self.firmware = firmware
        self._tell(self.name, f"runs program {firmware}")
        self.reboot()
        self.heartbeat()

    def reboot(self) -> None:
        """Start anew; presses that nobody has heard yet blink again, because they are still being told."""
        self.lamp = Lamp.BLINKING if self._presses else Lamp.OFF
        super().reboot()

    def answer(self, prompt: str, reply: str) -> Key:
        """The wearer answers a question: "fine" or "help"."""
        self._tell(self.name, f"the wearer answers: {reply}")
        return self.send(Channel.ANSWER, {"prompt": prompt, "answer": reply}, urgent=True)

    def _helped(self, said: Help) -> None:
        super()._helped(said)
        if said.state == "closed":
            self._helps.pop(said.alarm, None)
        else:
            self._helps[said.alarm] = said.state
        self._coming = "on_its_way" in self._helps.values()
        if not self._presses:
            # A press that nobody has heard yet goes on blinking.
            self.lamp = self._help_lamp() if self._helps else Lamp.OFF

    def _help_lamp(self) -> Lamp:
        return Lamp.COMING if self._coming else Lamp.LIT

    def _asked(self, prompt: Prompt) -> None:
        self._tell(self.name, f'asks: "{prompt.en}"')
        if self.reply:
            self.answer(prompt.prompt, self.reply)

    def _told(self, pending: Pending) -> None:
        if pending.key not in self._presses:
            return
        self._presses.remove(pending.key)
        waited = asyncio.get_running_loop().time() - pending.put_at
        if self._presses:
            self._tell(self.name, f"press {pending.key.seq} heard after {waited:.1f} s; lamp blinks for the next")
            return
        self.lamp = self._help_lamp()
        self._tell(self.name, f"lamp lit: help is told, {waited:.1f} s after press {pending.key.seq}")
