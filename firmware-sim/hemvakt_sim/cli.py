"""The ``hemvakt-sim`` command."""

import asyncio
import contextlib
import signal
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from hemvakt_sim import cli_fleet, cli_traffic, reading
from hemvakt_sim.ble.cli import app as ble
from hemvakt_sim.broker import Broker
from hemvakt_sim.expect.access import pairs
from hemvakt_sim.expect.junit import write_junit
from hemvakt_sim.options import (
    ERRORS,
    LOCAL,
    OUT,
    BrokerOption,
    CallOption,
    CaOption,
    PasswordOption,
    PeopleOption,
    SecretOption,
    TokenOption,
    UrlOption,
    UserOption,
    access_by,
    broker_at,
    readable_errors,
)
from hemvakt_sim.painter import Painter
from hemvakt_sim.pendant import Lamp, Pendant
from hemvakt_sim.providers.cli import providers
from hemvakt_sim.scenario import Scenario
from hemvakt_sim.tasks import end
from hemvakt_sim.view import LiveView, PlainView
from hemvakt_sim.world import Run, Summary, World, local_now

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Simulated homes for a Hemvakt gateway: they speak MQTT, and nothing else of it.

Begin with a home that presses its alarm, on the broker of this machine:

    hemvakt-sim run press-until-ack --broker mqtt://127.0.0.1:1883

Watch the lamp: it lights only when the *gateway* has stored the press and says so. Then try `run demo-night`,
write a scenario of your own (`firmware-sim/scenarios/README.md`) and check it with `check`.
Is one pendant's whole chain working? `hemvakt-sim press pendant-1` exits 0 when its lamp lit.

Does the gateway raise the alarm, and is somebody told? A scenario says so with `expect`, and asks the gateway's API:

    hemvakt-sim run press-is-heard --hemvakt-url http://127.0.0.1:8080 --token-file reader.token --as anna=anna.token

Exit codes: 0 all was heard and every expectation met; 1 a message that needed the gateway's answer has none, or an
expectation was not met; 2 wrong input, no broker, or no gateway.""",
)


@app.command()
def run(  # noqa: PLR0913, PLR0917 - each is an option of the command
    scenario: Annotated[
        str, typer.Argument(help="A YAML file, or the name of a scenario that comes with this command.")
    ],
    broker: BrokerOption = LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    speed: Annotated[float, typer.Option(min=0.01, max=10_000, help="Times faster than real: life and events.")] = 1.0,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so many scenario seconds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same daily life.")] = 1,
    patience: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds to wait at the end for the last acknowledgements.")
    ] = 15.0,
    exit_first: Annotated[
        bool, typer.Option("--exit-first", help="End at the first expectation that is not met.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the last line only.")] = False,
    hemvakt_url: UrlOption = None,
    token_file: TokenOption = None,
    people: PeopleOption = None,
    call: CallOption = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write JUnit XML, one test case for each expectation.", dir_okay=False)
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Write the live view as it was at the end, as SVG.", dir_okay=False)
    ] = None,
    secret: SecretOption = None,
) -> None:
    """Live through a scenario. Stop with Ctrl-C; a second Ctrl-C does not wait for the last acknowledgements.

    The time that devices put into their messages is always true time, also with --speed.
    """
    with readable_errors():
        play = reading.load(reading.find(scenario))
        _warn(play)
        settings = Run(
            local_now=local_now(),
            speed=speed,
            seed=seed,
            seconds=seconds,
            patience=patience,
            exit_first=exit_first,
            access=access_by(hemvakt_url, token_file, people or []),
            calls=pairs(call or [], "--call"),
        )
        painter = None if picture is None else Painter(play.name, picture)
        summary = asyncio.run(
            _run(play, broker_at(broker, user, password_file, ca_file, secret), settings, painter, quiet=quiet)
        )
        if painter is not None:
            painter.write()
        if quiet:
            for verdict in summary.verdicts:
                if not verdict.met:
                    ERRORS.print(str(verdict), markup=False, soft_wrap=True)
        if junit is not None:
            write_junit(junit, play.name, summary)
        OUT.print(str(summary), markup=False, soft_wrap=True)
    raise typer.Exit(0 if summary.ok else 1)


@app.command()
def press(
    device: Annotated[str, typer.Argument(help="Name of the pendant on the wire, for example pendant-1.")],
    broker: BrokerOption = LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long to wait for the lamp.")] = 30.0,
    secret: SecretOption = None,
) -> None:
    """Press a pendant and wait for its lamp. This raises a real alarm in whatever gateway listens."""
    with readable_errors():
        lit = asyncio.run(_press(device, broker_at(broker, user, password_file, ca_file, secret), seconds))
    if not lit:
        ERRORS.print(f"The lamp stayed dark for {seconds:g} s: the gateway has not said that it has this press.")
    raise typer.Exit(0 if lit else 1)


@app.command()
def check(
    scenario: Annotated[
        str, typer.Argument(help="A YAML file, or the name of a scenario that comes with this command.")
    ],
) -> None:
    """Read a scenario, say what is wrong with it by line and field, or what is in it."""
    with readable_errors():
        play = reading.load(reading.find(scenario))
    _warn(play)
    table = Table(title=play.name)
    for heading in ("home", "device", "kind"):
        table.add_column(heading)
    for home in play.homes:
        for number, device in enumerate(home.named()):
            table.add_row(home.id if number == 0 else "", escape(device.name), device.kind)
    OUT.print(table)
    OUT.print(f"{len(play.homes)} homes, {len(play.events)} events, {len(play.script())} steps; the scenario is valid.")


for command in (cli_traffic.record, cli_traffic.replay, cli_traffic.day, cli_fleet.fleet, providers):
    app.command()(command)
app.add_typer(ble, name="ble")


def _warn(scenario: Scenario) -> None:
    for warning in scenario.warnings():
        ERRORS.print(f"warning: {warning}", markup=False, soft_wrap=True)


async def _run(scenario: Scenario, broker: Broker, settings: Run, painter: Painter | None, *, quiet: bool) -> Summary:
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    views: list[PlainView | LiveView] = [] if painter is None else [painter.view]
    shown = None
    if OUT.is_terminal and not quiet:
        shown = LiveView(OUT, datetime.now)
        views.append(shown)
    elif not quiet:
        views.append(PlainView(OUT, datetime.now))

    def tell(device: str, text: str) -> None:
        for view in views:
            view.tell(device, text)

    world = World(scenario, broker, settings, tell)
    watching = [] if shown is None else [asyncio.create_task(shown.show(world))]
    watching += [] if painter is None else [asyncio.create_task(painter.watch(world))]
    try:
        return await world.run(stop, hurry)
    finally:
        for one in watching:
            await end(one)


async def _press(device: str, broker: Broker, seconds: float) -> bool:
    view = PlainView(OUT, datetime.now)
    async with Pendant(device, broker, tell=view.tell, passing=True) as pendant:
        await pendant.link.established(seconds)
        key = pendant.press()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await pendant.acked(key)
        return pendant.lamp is Lamp.LIT
