"""The command ``hemvakt hub``."""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from devices.hub import config_file, logs

_OUT = Console()

File = Annotated[Path, typer.Argument(help="The hub's YAML file; docs/hub.md describes it.")]
Check = Annotated[bool, typer.Option("--check", help="Read the file, say what is wrong with it, and stop.")]
Forget = Annotated[
    str | None,
    typer.Option(help="Forget the bond and the counter of this device, after a reset or a new battery, and stop."),
]
LogJson = Annotated[bool, typer.Option("--log-json", help="Log one JSON object per line.")]


def hub(file: File, check: Check = False, forget: Forget = None, log_json: LogJson = False) -> None:
    """Run the home hub: Bluetooth devices of one home to the gateway, also when the network is away for weeks."""
    # Bluetooth takes a second to load; the other commands of hemvakt do without.
    from devices.hub import program, uplink  # noqa: PLC0415

    config = config_file.read(file)
    if check:
        # Made and not run: that reads the files which the broker's part of it names.
        uplink.MqttUplink(config, lambda *_: None, lambda _: None)
        _OUT.print(f"The file is right: hub {config.name} listens to {len(config.devices)} of its home's devices.")
    elif forget is not None:
        program.forget(config, forget)
        _OUT.print(f"Forgotten: {forget} bonds and counts anew when the hub runs again.")
    else:
        logs.configure(as_json=log_json)
        with asyncio.Runner() as runner:
            runner.run(_until_stopped(program.run(config)))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        _OUT.print("The hub has stopped; what was not yet sent is kept.")
