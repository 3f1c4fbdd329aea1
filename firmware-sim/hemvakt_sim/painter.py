"""Keeps the live view as a picture, for a report or a page."""

import asyncio
from datetime import datetime
from io import StringIO
from pathlib import Path

from rich.console import Console, Group

from hemvakt_sim.errors import ScenarioError
from hemvakt_sim.view import LiveView
from hemvakt_sim.world import World

_COLUMNS = 132
#: As rich fills it in, without the fonts that it would fetch from elsewhere for whoever looks at the picture.
_FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Painter:
    """Looks at a scenario while it runs; its last picture is of the moment before the devices went."""

    def __init__(self, title: str, path: Path) -> None:
        self.view = LiveView(Console(file=StringIO(), width=_COLUMNS), datetime.now)
        self._title, self._path = title, path
        self._newest: Group | None = None

    async def watch(self, world: World) -> None:
        """Look four times a second until the scenario is over."""
        while not world.over:
            self._newest = self.view.picture(world)
            await asyncio.sleep(0.25)

    def write(self) -> None:
        """Write the newest picture as SVG. Raises ScenarioError."""
        console = Console(file=StringIO(), width=_COLUMNS, record=True, force_terminal=True, color_system="truecolor")
        if self._newest is not None:
            console.print(self._newest)
        try:
            self._path.write_text(console.export_svg(title=self._title, code_format=_FORMAT), encoding="utf-8")
        except OSError as error:
            raise ScenarioError(f"{self._path}: {error.strerror}") from None
