"""``fleet``: many homes over few connections, with faults."""

import asyncio
from typing import Annotated

import typer

from hemvakt_sim.fleet import Fleet, Report
from hemvakt_sim.fleet_faults import read_fault
from hemvakt_sim.options import (
    LOCAL,
    OUT,
    BrokerOption,
    CaOption,
    PasswordOption,
    SecretOption,
    UserOption,
    broker_at,
    readable_errors,
)


def fleet(  # noqa: PLR0913, PLR0917 - each is an option of the command
    homes: Annotated[int, typer.Option(min=1, max=100_000, help="How many homes.")] = 100,
    rate: Annotated[float, typer.Option(min=0.1, max=20_000, help="Messages a second, of all together.")] = 50,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long they speak.")] = 30,
    connections: Annotated[int, typer.Option(min=1, max=64, help="MQTT connections that the homes share.")] = 4,
    prefix: Annotated[str, typer.Option(help="What their names begin with: fleet-00001-pendant ...")] = "fleet",
    fault: Annotated[
        list[str] | None,
        typer.Option(help='For example "loss share 0.2 homes 1-50 at 5s lasts 10s"; as often as needed.'),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same messages and same fates.")] = 1,
    patience: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds to wait at the end for the last acks.")
    ] = 30,
    broker: BrokerOption = LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    secret: SecretOption = None,
) -> None:
    """Let many homes speak at a chosen rate, with faults, and count what the gateway has acknowledged.

    Faults: loss, duplicates, reorder, corrupt (share), mast_outage, flapping (up, down), storm (rate), clone (presses),
    reboot, sequence_reset, wrong_clock and clock_drift (ahead, behind), battery_decline (begins, percent). Each takes
    homes A-B, at and lasts.
    """
    with readable_errors():
        faults = [read_fault(text, homes) for text in fault or []]
        where = broker_at(broker, user, password_file, ca_file, secret)
        speakers = Fleet(where, homes=homes, connections=connections, prefix=prefix, seed=seed, faults=faults)
        report = asyncio.run(_speak(speakers, rate, seconds, patience))
        OUT.print(str(report), markup=False, soft_wrap=True)
    raise typer.Exit(1 if report.unacknowledged else 0)


async def _speak(fleet: Fleet, rate: float, seconds: float, patience: float) -> Report:
    async with fleet:
        await fleet.stream(rate, seconds)
        return await fleet.settled(patience)
