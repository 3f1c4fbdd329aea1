"""What somebody at the terminal sees: a live table, or plain lines where there is no terminal."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hemvakt_sim.expect.script import Script
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.pendant import Lamp, Pendant
from hemvakt_sim.stage import HomeState, Stage
from hemvakt_sim.world import World

_LAMPS = {
    Lamp.OFF: Text("○ off", style="dim"),
    Lamp.BLINKING: Text("◐ not heard yet", style="bold yellow"),
    Lamp.LIT: Text("● help is told", style="bold green"),
    Lamp.COMING: Text("◉ help is on its way", style="bold cyan"),
}
_LINES = 14
#: So many alarms and expectations fit on a terminal of 40 lines beside six homes.
_ALARMS, _EXPECTED = 6, 8


class PlainView:
    """One line per happening, with the local time of day."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now

    def tell(self, device: str, text: str) -> None:
        self._console.print(
            f"{self._now():%H:%M:%S}  {device:<24} {text}", markup=False, highlight=False, soft_wrap=True
        )


class LiveView:
    """A table of the homes with the lamp of each pendant; below it open alarms, expectations, the last happenings."""

    def __init__(self, console: Console, now: Callable[[], datetime]) -> None:
        self._console = console
        self._now = now
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._last: dict[str, str] = {}

    def tell(self, device: str, text: str) -> None:
        self._lines.append(f"{self._now():%H:%M:%S}  {device:<24} {text}")
        self._last[device] = text

    async def show(self, world: World) -> None:
        """Redraw four times a second until cancelled; the last picture stays."""
        with Live(self.picture(world), console=self._console, auto_refresh=False) as live:
            try:
                while True:
                    live.update(self.picture(world), refresh=True)
                    await asyncio.sleep(0.25)
            finally:
                live.update(self.picture(world), refresh=True)

    def picture(self, world: World) -> Group:
        """Return the homes, what waits at the gateway, what is expected, and what happened last."""
        stage = world.stage
        table = Table(title=stage.scenario.name, title_style="bold", expand=True)
        for heading in ("home", "seen last in", "pendant", "lamp", "without ack", "last event"):
            table.add_column(heading, no_wrap=True)
        for state in stage.homes.values():
            table.add_row(*self._row(stage, state))
        links = stage.links(None, None)
        up = sum(link.up for link in links)
        connections = Text(f"{up} of {len(links)} connections", style="dim" if up == len(links) else "bold red")
        return Group(table, connections, *_alarms(world), *_expectations(world.script), *map(Text, self._lines))

    def _row(self, stage: Stage, state: HomeState) -> tuple[str | Text, ...]:
        names = [device.name for device in state.home.named()]
        own = [stage.numbered[name] for name in names if name in stage.numbered]
        pendant = next((device for device in own if isinstance(device, Pendant)), None)
        waiting = sum(len(device.outbox) for device in own if isinstance(device, Pendant | VitalsHub))
        last = next((self._last[name] for name in reversed(self._last) if name in {*names, state.home.id}), "")
        return (
            state.home.id,
            state.last_seen or "-",
            pendant.name if pendant else "-",
            _LAMPS[pendant.lamp] if pendant else "",
            str(waiting),
            last,
        )


def _alarms(world: World) -> list[Text]:
    """Return the open alarms of the scenario's homes, and whether they can be seen at all."""
    if world.desk is None:
        return []
    if world.desk.trouble:
        return [Text(f"alarms: {world.desk.trouble}", style="bold red")]
    scope = world.scope
    waiting = [one for one in world.desk.alarms.values() if one.handling != "closed" and scope.holds(one)]
    styles = {"open": "bold red", "accepted": "yellow", "attending": "green"}
    return [Text(f"alarm {one}", style=styles.get(one.handling, "")) for one in waiting[-_ALARMS:]]


def _expectations(script: Script) -> list[Text]:
    done = [
        Text(f"{'✓' if one.met else '✗'} {one}", style="green" if one.met else "bold red")
        for one in script.verdicts[-_EXPECTED:]
    ]
    return done if script.current is None else [*done, Text(f"… {script.current.text}", style="bold cyan")]
