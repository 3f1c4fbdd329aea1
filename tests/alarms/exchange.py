"""A telephone exchange: simulated providers, our API behind a real port for their callbacks, and lanes that send."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import insert, select, update

from alarms.channels.sms import Sms
from alarms.channels.voice import Voice
from alarms.delivery import reports
from alarms.delivery.lane import Lane
from alarms.phone import tokens
from alarms.phone.provider import Progress
from alarms.settings import DeskSettings
from api.app import create_app
from api.settings import ApiSettings
from gateway.web import WebServer, listen
from hemvakt_sim.providers.company import Elks, Twilio
from hemvakt_sim.providers.server import Provider
from store import tables
from tests.alarms.town import Town

SECRET = "b1946ac92492d2347c6235b4d2611184"
BO, ANNA, CIA = "+46700000001", "+46700000002", "+46700000003"


class Exchange:
    """The town with telephones. ``providers`` are by name; settings are those of desk and API alike."""

    def __init__(self, town: Town, providers: Sequence[Provider], port: int, **changed: Any) -> None:
        self.town = town
        self.providers = {one.company.name: one for one in providers}
        accounts: dict[str, Any] = {}
        for name, one in self.providers.items():
            path = {"46elks": "/a1", "twilio": "/2010-04-01"}[name]
            account = {"user": "user", "password": "pass-word", "sender": one.company.number}  # type: ignore[attr-defined]
            networks = ("127.0.0.0/8",)
            accounts[name.removeprefix("46")] = account | {"url": one.url + path, "networks": networks}
        self.settings = DeskSettings.model_validate(
            {
                "base_url": f"http://127.0.0.1:{port}",
                "phone": {**accounts, "callback_secret": SECRET},
                # In real time, as against the town's: a busy machine must not look like a provider that hangs.
                "provider_timeout_s": 20,
                **changed,
            }
        )
        town.settings = self.settings

    @property
    def first(self) -> Provider:
        return next(iter(self.providers.values()))

    def add(self, responder: str, channel: str, number: str, *, verified: bool = True) -> None:
        row = {"responder_id": responder, "channel": channel, "address": number}
        at = self.town.now if verified else None
        self.town.do(lambda c: c.execute(insert(tables.contact).values(**row, verified_at=at)))

    def pages(self, alarm: int) -> list[tuple[str, str, int]]:
        told = [page for page in self.town.detail(alarm).told if page.channel in {"sms", "voice"}]
        return [(page.responder_id, page.state, len(page.attempts)) for page in told]

    def progress(self, alarm: int) -> list[Progress]:
        return sorted(one.progress for one in self.town.see(lambda c: reports.heard_of(c, alarm)).values())

    def reply_url(self, name: str) -> str:
        return tokens.reply_url(SECRET, self.settings.base_url, name)

    def code(self, alarm: int, number: str = BO) -> str:
        return tokens.code(SECRET, alarm, number)

    def keys(self, alarm: int) -> set[str]:
        query = select(tables.page.c.idempotency_key).where(
            tables.page.c.alarm_id == alarm, tables.page.c.channel.in_(["sms", "voice"])
        )
        return set(self.town.see(lambda c: c.execute(query)).scalars())


@asynccontextmanager
async def exchange(town: Town, *names: str, **changed: Any) -> AsyncIterator[Exchange]:
    """Yield an exchange with providers by these names, first to last, and the API listening."""
    town.do(lambda c: c.execute(update(tables.rotation).where(tables.rotation.c.id == "nights").values(turns=[["bo"]])))
    kinds: dict[str, type[Elks | Twilio]] = {"46elks": Elks, "twilio": Twilio}
    async with AsyncExitStack() as stack:
        providers = [
            await stack.enter_async_context(Provider(kinds[name]("user", "pass-word")).running()) for name in names
        ]
        listening = stack.enter_context(listen("127.0.0.1", 0))
        built = Exchange(town, providers, listening.getsockname()[1], **changed)
        api = ApiSettings(base_url=built.settings.base_url)
        web = WebServer(create_app(town.database, town.clock, api, desk=built.settings), listening)
        serving = asyncio.create_task(web.run())
        try:
            yield built
        finally:
            for one in providers:
                await one.settle()
            web.stop()
            await serving


@asynccontextmanager
async def sending(built: Exchange, *kinds: type[Sms | Voice]) -> AsyncIterator[None]:
    """Run the lanes of these channels; both when none is named."""
    channels = [kind(built.settings) for kind in kinds or (Sms, Voice)]
    town = built.town
    lanes = [Lane(town.database, town.clock, built.settings, channel, "desk-1") for channel in channels]
    tasks = [asyncio.create_task(lane.run()) for lane in lanes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
