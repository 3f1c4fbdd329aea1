"""A real server, a real database and a real Chromium."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from alarms.settings import DeskSettings
from api.app import close_streams, create_app
from api.settings import ApiSettings
from store.clock import SystemClock
from store.database import Database
from store.schema import migrate
from store.tables import account
from tests.api import town as places

CHROMIUM = Path("/usr/bin/chromium")
# A page is slow where the machine is busy; what is wrong stays wrong for longer than this.
expect.set_options(timeout=20_000)


class House:
    """The town behind a server on a port of its own, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.desk = DeskSettings()
        self.database = Database(f"sqlite:///{folder / 'hemvakt.db'}")
        migrate(self.database)
        now = self.clock.now()
        self.database.write_now(lambda connection: places.build(connection, now - timedelta(days=2)))
        self.database.write_now(lambda connection: places.sign_up(connection, now))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.start()

    def start(self) -> None:
        self.app = create_app(self.database, self.clock, ApiSettings(base_url=self.url), desk=self.desk)
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=self.port, log_config=None, ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server and self._thread:
            close_streams(self.app)
            self._server.should_exit = True
            self._thread.join(10)
            self._server = self._thread = None

    def press(self, number: int = 1) -> int:
        return places.press(self.database, self.clock.now(), number)

    def care(self, who: str = "nils") -> int:
        return places.care(self.database, self.clock.now(), who)

    def speak(self, login: str, language: str) -> None:
        """Let an account speak another language."""
        mine = account.update().where(account.c.login == login)
        self.write(lambda connection: connection.execute(mine.values(language=language)))

    def write(self, work: Callable[..., Any]) -> Any:
        return self.database.write_now(work)

    def close(self) -> None:
        self.stop()
        self.database.close()


# Not for the whole session: while Playwright is open an event loop runs in this thread, and other tests need their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--autoplay-policy=user-gesture-required"]
        )
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A telephone in Swedish."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, is_mobile=True, locale="sv-SE"
    )
    yield context
    context.close()


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[BrowserContext]:
    """A desk in English."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context
    context.close()


def sign_in(context: BrowserContext, house: House, login: str) -> Page:
    """Sign in as a person does, and return the page with the console, or what the person sees instead of it."""
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(f"{house.url}/sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(places.PASSWORD)
    page.locator("form button").last.click()
    page.wait_for_url(lambda url: not url.startswith(f"{house.url}/sign-in"))
    assert not failures
    return page
