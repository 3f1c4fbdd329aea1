"""Makes the happenings of a scenario happen."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from functools import singledispatch

from hemvakt_sim import happenings as say
from hemvakt_sim.device import NumberedDevice
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.motion import AFTER_S
from hemvakt_sim.pace import Pace
from hemvakt_sim.pendant import Pendant
from hemvakt_sim.stage import HomeState, Stage
from hemvakt_sim.zigbee import Sensor


@dataclass
class Scene:
    """One happening about to happen: where, at what pace, and how to do something later."""

    stage: Stage
    pace: Pace
    seed: int
    home: HomeState | None
    device: NumberedDevice | Sensor | None
    later: Callable[[Coroutine[None, None, None]], object]

    @property
    def pendant(self) -> Pendant | None:
        return self.device if isinstance(self.device, Pendant) else None

    @property
    def sensor(self) -> Sensor | None:
        return self.device if isinstance(self.device, Sensor) else None

    @property
    def numbered(self) -> NumberedDevice | None:
        return self.device if isinstance(self.device, NumberedDevice) else None

    def report(self, text: str, **changes: object) -> None:
        """Publish a sensor's state and say what happened there."""
        if self.sensor is not None and self.home is not None:
            self.stage.tell(self.sensor.name, text)
            self.home.bridge.report(self.sensor, **changes)

    def press(self, button: str = "main") -> None:
        if self.pendant is not None:
            self.pendant.press(button)
        else:
            self.report("SOS pressed", action="emergency")


@singledispatch
def perform(event: object, scene: Scene) -> None:
    """Make ``event`` happen now, and later what belongs to it."""
    raise NotImplementedError(type(event).__name__, scene)


@perform.register
def _press(event: say.Press, scene: Scene) -> None:
    scene.press(event.button)


@perform.register
def _sos_twice(event: say.SosTwice, scene: Scene) -> None:
    scene.press()

    async def again() -> None:
        await scene.pace.sleep(event.gap)
        scene.press()

    scene.later(again())


async def _come_to_rest(scene: Scene, pendant: Pendant, press_after: float | None) -> None:
    pendant.hint("falls")
    await scene.pace.sleep(AFTER_S)
    pendant.fall(scene.seed)
    if press_after is not None:
        await scene.pace.sleep(press_after)
        pendant.press()


@perform.register
def _fall(event: say.Fall, scene: Scene) -> None:
    if scene.pendant is None:
        return
    if event.reply is not None:
        scene.pendant.prompts, scene.pendant.reply = True, event.reply.removeprefix("nothing")
        # It says so before the fall, as a pendant does that has always been able to.
        scene.pendant.heartbeat()
    scene.later(_come_to_rest(scene, scene.pendant, event.press_after))


@perform.register
def _long_lie(event: say.LongLie, scene: Scene) -> None:
    if scene.home is None:
        return
    scene.home.lying_until = math.inf if event.lasts is None else scene.pace.elapsed + event.lasts
    scene.stage.tell(scene.home.home.id, "the resident lies on the floor; no more motion")
    if event.worn and scene.pendant is not None:
        scene.later(_come_to_rest(scene, scene.pendant, None))


@perform.register
def _low_battery(event: say.LowBattery, scene: Scene) -> None:
    if scene.pendant is not None:
        scene.pendant.battery = event.percent
        scene.pendant.hint(f"battery at {event.percent:g} %")
        scene.pendant.heartbeat()
    elif scene.sensor is not None:
        scene.sensor.battery = round(event.percent)
        scene.report(f"battery at {event.percent:g} %")


@perform.register
def _smoke(event: say.Smoke, scene: Scene) -> None:
    scene.report("smoke" if event.do == "smoke" else "smoke has cleared", smoke=event.do == "smoke")


@perform.register
def _leak(event: say.Leak, scene: Scene) -> None:
    scene.report("water on the floor" if event.do == "leak" else "dry again", water_leak=event.do == "leak")


@perform.register
def _motion(_event: say.Motion, scene: Scene) -> None:
    scene.report("somebody moves", occupancy=True)


@perform.register
def _door(event: say.Door, scene: Scene) -> None:
    scene.report("opened" if event.do == "open" else "closed", contact=event.do == "close")


@perform.register
def _wear(event: say.Wear, scene: Scene) -> None:
    if scene.pendant is not None:
        scene.pendant.wear(on=event.do == "put_on")


@perform.register
def _tamper(_event: say.Tamper, scene: Scene) -> None:
    if scene.pendant is not None:
        scene.pendant.tamper = True
        scene.pendant.hint("its case was opened")
        scene.pendant.heartbeat()


@perform.register
def _measure(event: say.Measure, scene: Scene) -> None:
    if isinstance(scene.device, VitalsHub):
        scene.device.measure(event.values)


@perform.register
def _broker_loss(event: say.BrokerLoss, scene: Scene) -> None:
    links = scene.stage.links(event.device, event.home)
    where = event.device or event.home or "everywhere"
    scene.stage.tell(where, f"link lost for {event.lasts:g} s ({len(links)} connections)")
    for link in links:
        link.cut(event.lasts / scene.pace.speed)


@perform.register
def _silence(event: say.Silence, scene: Scene) -> None:
    if scene.numbered is not None:
        scene.numbered.hint("falls silent")
        scene.numbered.fall_silent(lose_link=event.announced)
    elif scene.sensor is not None and scene.home is not None:
        scene.stage.tell(scene.sensor.name, "falls silent")
        scene.sensor.silent = True
        if event.announced:
            scene.home.bridge.announce(scene.sensor, online=False)


@perform.register
def _back(_event: say.Back, scene: Scene) -> None:
    if scene.numbered is not None:
        scene.numbered.hint("is back")
        scene.numbered.speak_again()
    elif scene.sensor is not None and scene.home is not None:
        scene.sensor.silent = False
        scene.home.bridge.announce(scene.sensor, online=True)
        scene.report("is back")


@perform.register
def _reboot(_event: say.Reboot, scene: Scene) -> None:
    if scene.numbered is not None:
        scene.numbered.reboot()


@perform.register
def _update(event: say.Update, scene: Scene) -> None:
    if scene.pendant is not None:
        scene.pendant.update(event.firmware)


@perform.register
def _wrong_clock(event: say.WrongClock, scene: Scene) -> None:
    if scene.numbered is not None:
        known = event.ahead is not None or event.behind is not None
        off = timedelta(seconds=(event.ahead or 0.0) - (event.behind or 0.0))
        scene.numbered.hint(f"clock is off by {off.total_seconds():g} s" if known else "has lost its clock")
        scene.numbered.set_clock(ahead=off if known else None)
        if event.lasts is not None:
            scene.later(_right_again(scene, scene.numbered, event.lasts))


async def _right_again(scene: Scene, device: NumberedDevice, seconds: float) -> None:
    await scene.pace.sleep(seconds)
    device.hint("clock is right again")
    device.set_clock(ahead=timedelta(0))


@perform.register
def _garbage(event: say.Garbage, scene: Scene) -> None:
    payload = event.payload.encode()
    if scene.sensor is not None and scene.home is not None:
        scene.home.bridge.publish_raw(scene.sensor.name, payload)
    elif scene.numbered is not None:
        scene.later(_broken_message(scene.numbered, payload))


async def _broken_message(device: NumberedDevice, payload: bytes) -> None:
    device.hint("sends a broken message")
    while True:
        await device.link.wait_up()
        try:
            await device.publish_raw("press", payload)
        except LinkDownError:
            await asyncio.sleep(0.1)
        else:
            return
