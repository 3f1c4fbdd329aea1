"""``hemvakt-sim providers``: 46elks and Twilio on this machine."""

import asyncio
import re
import secrets
import signal
from contextlib import AsyncExitStack
from typing import Annotated

import typer
from rich.console import Console

from hemvakt_sim.providers.company import Company, Elks, Twilio
from hemvakt_sim.providers.manner import Manner
from hemvakt_sim.providers.message import Message
from hemvakt_sim.providers.server import Provider

_CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)
_CODE = re.compile(r"\b(?:svara|reply) 1 ([0-9]{4})")


def providers(  # noqa: PLR0913, PLR0917 - each is an option of the command
    port: Annotated[
        int, typer.Option(min=0, max=65534, help="46elks here, Twilio on the next; 0 for free ones.")
    ] = 4646,
    user: Annotated[str, typer.Option(help="User name of both accounts (Twilio: account SID).")] = "simulated",
    password: Annotated[
        str | None,
        typer.Option(envvar="HEMVAKT_SIM_PROVIDER_PASSWORD", help="Of both accounts; a random one, which is printed."),
    ] = None,
    trouble: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that fail in one of the ways real ones do.")
    ] = 0.0,
    receipt_delay: Annotated[float, typer.Option(min=0, help="Seconds before each receipt.")] = 0.5,
    repeat: Annotated[int, typer.Option(min=1, max=20, help="How often each receipt comes.")] = 1,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Receipts come in any order.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Telephones are off: nothing arrives.")] = False,
    answer_after: Annotated[
        float | None, typer.Option(min=0, help="Press 1 in calls, and reply to messages, after so many seconds.")
    ] = None,
    reply_url: Annotated[
        str, typer.Option(help="Where replies go (46elks), as `hemvakt contact callbacks` prints it.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same trouble.")] = 1,
) -> None:
    """Be 46elks and Twilio, with their delays, errors, time-outs after acceptance, and doubled or reordered receipts.

    Point the gateway here with HEMVAKT_DESK__PHONE__ELKS__URL and ..._TWILIO__URL, which this prints.
    """
    manner = Manner(trouble=trouble, receipt_delay_s=receipt_delay, repeat=repeat, shuffle=shuffle, arrives=not off)
    manner.chance.seed(seed)
    if password is None:
        password = secrets.token_urlsafe(16)
        _CONSOLE.print(f"user {user}, password {password}")
    companies: list[Company] = [Elks(user, password), Twilio(user, password)]
    asyncio.run(_serve(companies, port, manner, answer_after, reply_url))


async def _serve(
    companies: list[Company], port: int, manner: Manner, answer_after: float | None, reply_url: str
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        running = [Provider(company, manner, _CONSOLE.print) for company in companies]
        for place, (one, path) in enumerate(zip(running, ("/a1", "/2010-04-01"), strict=True)):
            await stack.enter_async_context(one.running(port + place if port else 0))
            _CONSOLE.print(f"{one.company.name}: {one.url}{path}")
        if answer_after is None:
            await stop.wait()
            return
        answering = asyncio.create_task(_answer(running, answer_after, reply_url))
        await stop.wait()
        answering.cancel()


async def _answer(running: list[Provider], after: float, reply_url: str) -> None:
    """Be the people whose telephones ring."""
    seen = dict.fromkeys(range(len(running)), 0)
    while True:
        await asyncio.sleep(max(after, 0.05))
        for place, provider in enumerate(running):
            for message in provider.taken[seen[place] :]:
                _CONSOLE.print(f"{message.number} hears: {await _respond(provider, message, reply_url)!r}")
            seen[place] = len(provider.taken)


async def _respond(provider: Provider, message: Message, reply_url: str) -> str:
    if message.kind == "call":
        return await provider.press(message, "1")
    code = _CODE.search(message.text)
    return await provider.reply(reply_url, message.number, f"1 {code.group(1)}") if code and reply_url else ""
