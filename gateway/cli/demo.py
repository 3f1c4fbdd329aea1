"""``hemvakt demo``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.up import Host
from gateway.demo import Demo, Line
from gateway.logs import configure
from gateway.ports import free_port, is_free
from gateway.settings import Settings, with_overrides
from gateway.up import Running

_OUT = Console()
_STYLES = {"life_safety": "bold white on red", "care": "bold black on yellow", "technical": "black on bright_blue"}
#: What a newcomer wants to see of the audit trail; the rest is bookkeeping.
_SHOWN = frozenset({"opened", "occurred", "accepted", "attended", "closed", "released", "lease_expired", "exhausted"})


def demo(
    data: Annotated[Path, typer.Option("--data", help="Where the demonstration keeps its data.")] = Path("demo-data"),
    host: Host = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the console; another if it is taken.")] = 8080,
    scenario: Annotated[str, typer.Option(help="A scenario of hemvakt-sim, by name or file.")] = "demo-night",
    headless: Annotated[
        bool, typer.Option("--headless", help="End at the first life-safety alarm; for tests.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1, help="How long --headless waits for it.")] = 60,
) -> None:
    """Show it: simulated homes, alarms that arrive, a night console to accept them on. Ctrl-C stops all of it.

    What it stores stays in its folder: a second demo goes on with it, also after the first was killed.
    """
    settings = with_overrides(Settings(), data_folder=data, host=host)
    if port and not is_free(settings.host, port):
        port = free_port(settings.host)
    # Its people have no contacts but the console, and the desk would say so.
    settings = with_overrides(settings, port=port, mqtt__port=free_port(), desk__look_ahead=False)
    configure(as_json=settings.log_json, quiet=True)

    async def main() -> None:
        play = Demo(settings, scenario=scenario, show=_show, greet=_greet)
        await play.run(first_alarm_within_s=seconds if headless else None)

    asyncio.run(main())


def _greet(running: Running, link: str) -> None:
    _OUT.rule("[bold]Hemvakt demonstration")
    _OUT.print("Open this link, choose a password, and you are on duty tonight:", highlight=False)
    _OUT.print(f"\n  [bold green]{link}[/]\n", highlight=False, soft_wrap=True)
    if running.first_link is not None:
        _OUT.print(f"Administrator: {running.first_link}", highlight=False, soft_wrap=True, style="dim")
    _OUT.print("Six homes come to life now. Alarms appear here and on the console. Ctrl-C ends it.\n", highlight=False)


def _show(line: Line) -> None:
    if line.action not in _SHOWN:
        return
    name = line.alarm_class.replace("_", " ")
    _OUT.print(
        f"{line.at.astimezone():%H:%M:%S} [{_STYLES[line.alarm_class]}] {name:^11} [/] "
        f"#{line.number} [bold]{line.action}[/] {line.address}: {line.sentence}",
        highlight=False,
        soft_wrap=True,
    )
