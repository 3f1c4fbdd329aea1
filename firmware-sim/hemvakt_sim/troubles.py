"""Makes the faults of a scenario happen: the network's, the clock's, the battery's, the numbering's."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from hemvakt_sim import faults as say
from hemvakt_sim.directions import Scene, perform
from hemvakt_sim.happening import Happening
from hemvakt_sim.happenings import LowBattery
from hemvakt_sim.link import Link
from hemvakt_sim.pendant import Pendant

_TENTH = 10


def _where(event: Happening) -> str:
    return event.device or event.home or "everywhere"


def _for_a_while(scene: Scene, seconds: float | None, undo: Callable[[], None]) -> None:
    """Call ``undo`` after so many scenario seconds; never for None."""
    if seconds is None:
        return

    async def later() -> None:
        await scene.pace.sleep(seconds)
        undo()

    scene.later(later())


def _noise(event: Happening, scene: Scene, lasts: float | None, **shares: float) -> None:
    links = scene.stage.links(event.device, event.home)
    for link in links:
        link.noise.set(**shares)
    if not any(share for name, share in shares.items() if name != "hold_s"):
        scene.stage.tell(_where(event), f"network is well again: {', '.join(shares)}")
        return
    words = ", ".join(f"{name.replace('_', ' ')} {share:g}" for name, share in shares.items())
    scene.stage.tell(_where(event), f"bad network: {words} ({len(links)} connections)")

    def over() -> None:
        for link in links:
            link.noise.set(**dict.fromkeys((name for name in shares if name != "hold_s"), 0.0))
        scene.stage.tell(_where(event), f"network is well again: {', '.join(shares)}")

    _for_a_while(scene, lasts, over)


@perform.register
def _loss(event: say.Loss, scene: Scene) -> None:
    _noise(event, scene, event.lasts, loss=event.share, **({"ack_loss": event.share} if event.acks else {}))


@perform.register
def _duplicates(event: say.Duplicates, scene: Scene) -> None:
    _noise(event, scene, event.lasts, duplicates=event.share)


@perform.register
def _reorder(event: say.Reorder, scene: Scene) -> None:
    _noise(event, scene, event.lasts, reorder=event.share, hold_s=event.by / scene.pace.speed)


@perform.register
def _corrupt(event: say.Corrupt, scene: Scene) -> None:
    _noise(event, scene, event.lasts, corrupt=event.share)


@perform.register
def _flapping(event: say.Flapping, scene: Scene) -> None:
    links = scene.stage.links(event.device, event.home)
    scene.stage.tell(_where(event), f"link flaps for {event.lasts:g} s ({len(links)} connections)")

    async def flap() -> None:
        end = scene.pace.elapsed + event.lasts
        while scene.pace.elapsed < end:
            _cut(links, event.down / scene.pace.speed)
            await scene.pace.sleep(event.down + event.up)

    scene.later(flap())


@perform.register
def _mast_outage(event: say.MastOutage, scene: Scene) -> None:
    homes = [state.home.id for state in scene.stage.homes.values() if state.home.area == event.area]
    links = [link for home in homes for link in scene.stage.links(None, home)]
    scene.stage.tell(event.area, f"the mast fails for {event.lasts:g} s ({len(homes)} homes, {len(links)} connections)")
    _cut(links, event.lasts / scene.pace.speed)


def _cut(links: list[Link], seconds: float) -> None:
    for link in links:
        link.cut(seconds)


@perform.register
def _clock_drift(event: say.ClockDrift, scene: Scene) -> None:
    if scene.numbered is not None:
        gain = event.ahead - event.behind
        scene.numbered.hint(f"clock gains {gain:g} s an hour")
        scene.numbered.drift(timedelta(seconds=gain))


@perform.register
def _battery_decline(event: say.BatteryDecline, scene: Scene) -> None:
    device = scene.pendant or scene.sensor
    if device is None:
        return
    begins = float(device.battery) if event.begins is None else event.begins

    async def decline() -> None:
        for tenth in range(1, _TENTH + 1):
            await scene.pace.sleep(event.lasts / _TENTH)
            percent = begins + (event.percent - begins) * tenth / _TENTH
            perform(LowBattery(at=0, device=_name(scene), do="low_battery", percent=percent), scene)

    scene.later(decline())


def _name(scene: Scene) -> str:
    return "" if scene.device is None else scene.device.name


@perform.register
def _sequence_reset(_event: say.SequenceReset, scene: Scene) -> None:
    if scene.numbered is not None:
        scene.numbered.forget_sequence()
        scene.numbered.hint(f"counts from 1 again under boot {scene.numbered.boot}")


@perform.register
def _clone(event: say.Clone, scene: Scene) -> None:
    real = scene.pendant
    if real is None:
        return

    async def second() -> None:
        twin = Pendant(real.name, scene.stage.broker, passing=True, same_client=event.same_client)
        if event.same_numbers:
            twin.count_like(real)
        async with twin:
            twin.heartbeat()
            for _ in range(event.presses):
                twin.press()
            real.hint(f"a second sender appears with this identity (boot {twin.boot})")
            await scene.pace.sleep(event.lasts)
        real.hint(f"the second sender is gone; {twin.acknowledged} of {twin.made} of its messages were acknowledged")

    scene.later(second())


@perform.register
def _storm(event: say.Storm, scene: Scene) -> None:
    speakers = _speakers(event, scene)
    scene.stage.tell(_where(event), f"storm: {event.rate:g} messages a second for {event.lasts:g} s")
    for speak in speakers:
        scene.later(_storming(scene, event, speak))


async def _storming(scene: Scene, event: say.Storm, speak: Callable[[], object]) -> None:
    began, said = scene.pace.elapsed, 0
    while (passed := scene.pace.elapsed - began) < event.lasts:
        for _ in range(int(passed * event.rate) - said):
            speak()
            said += 1
        await asyncio.sleep(0.01)


def _speakers(event: say.Storm, scene: Scene) -> list[Callable[[], object]]:
    """Return what makes each device that is meant speak once."""
    found: list[Callable[[], object]] = []
    for state in scene.stage.homes.values():
        for named in state.home.named():
            if event.device not in {None, named.name} or event.home not in {None, state.home.id}:
                continue
            if named.name in scene.stage.numbered:
                found.append(scene.stage.numbered[named.name].heartbeat)
            else:
                sensor, bridge = state.bridge.sensors[named.name], state.bridge
                found.append(lambda bridge=bridge, sensor=sensor: bridge.report(sensor))  # type: ignore[misc]
    return found
