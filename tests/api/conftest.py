"""The town of the API tests, on both engines or on SQLite alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ApiSettings
from store.clock import ManualClock
from store.database import Database
from tests.api import town as places

# Without this, pytest-asyncio 1.x asks Python 3.11 for a loop of the main thread, which nobody ever closes.
asyncio.set_event_loop(None)


@dataclass
class Town:
    """A database with the town in it, the application on it, and a client for anybody."""

    database: Database
    clock: ManualClock
    app: FastAPI
    tokens: dict[str, str]

    def as_(self, login: str) -> places.Caller:
        """Return a client with the API token of ``login``."""
        return places.Caller(self.app, self.tokens[login])

    def browser(self) -> places.Caller:
        """Return a client that is nobody yet."""
        return places.Caller(self.app)

    async def signed_in(self, login: str) -> places.Caller:
        """Return a browser with a session of ``login``."""
        browser = self.browser()
        answer = await browser.post("/api/v1/session", json={"login": login, "password": places.PASSWORD})
        assert answer.status_code == 204, answer.text
        # The cookie is Secure and httpx takes that at its word; a browser trusts a loopback address.
        browser.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
        return browser


Builder = Callable[..., Town]


@pytest.fixture
def build_town(clock: ManualClock) -> Builder:
    def build(database: Database, settings: ApiSettings | None = None) -> Town:
        now = clock.now()
        database.write_now(lambda connection: places.build(connection, now))
        tokens = database.write_now(lambda connection: places.sign_up(connection, now))
        return Town(database, clock, create_app(database, clock, settings or ApiSettings()), tokens)

    return build


@pytest.fixture
def town(sqlite: Database, build_town: Builder) -> Town:
    """The town on SQLite, where the engine does not matter."""
    return build_town(sqlite)


@pytest.fixture
def any_town(database: Database, build_town: Builder) -> Town:
    """The town on both engines in turn."""
    return build_town(database)
