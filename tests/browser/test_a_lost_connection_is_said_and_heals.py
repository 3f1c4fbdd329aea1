"""A console that hears nothing says so in large letters within five seconds, and heals with nothing missed."""

import socket
import threading

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser

WITHIN_MS = 5000


class Cable:
    """A wire between the browser and the house that can be cut.

    What was connected then stays open and is dead for ever, as behind a router that forgot it; new connections work
    once the wire is mended.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._alive = threading.Event()
        self._sockets: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.mend()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._alive.clear()

    def mend(self) -> None:
        self._alive = threading.Event()
        self._alive.set()

    def close(self) -> None:
        self._server.close()
        for one in self._sockets:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink, self._alive), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, alive: threading.Event) -> None:
        try:
            while data := source.recv(65536):
                if not alive.is_set():
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return


def expect_lost(page: Page) -> None:
    banner = page.locator("#lost")
    expect(banner).to_be_visible(timeout=WITHIN_MS)
    expect(banner).to_contain_text("Ingen kontakt")
    size = float(banner.locator("strong").evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))
    assert size >= 36


def test_a_server_that_is_gone_is_noticed_and_alarms_raised_meanwhile_appear(
    house: House, phone: BrowserContext
) -> None:
    page = sign_in(phone, house, "anna")
    house.press(2)
    expect(page.locator(".card")).to_have_count(1)
    house.stop()
    expect_lost(page)
    pressed = house.press(1)
    house.start()
    expect(page.locator("#lost")).to_be_hidden(timeout=15000)
    expect(page.locator(f"#alarm-{pressed}")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("Greta Holm")


def test_a_network_that_swallows_everything_is_noticed_too(house: House, phone: BrowserContext) -> None:
    cable = Cable(house.port)
    try:
        through = House.__new__(House)
        through.url = f"http://127.0.0.1:{cable.port}"
        page = sign_in(phone, through, "anna")
        expect(page.locator("html")).to_have_attribute("data-link", "live")
        cable.cut()
        expect_lost(page)
        pressed = house.press(1)
        page.wait_for_timeout(1000)
        expect(page.locator(f"#alarm-{pressed}")).to_have_count(0)
        cable.mend()
        expect(page.locator("#lost")).to_be_hidden(timeout=15000)
        expect(page.locator(f"#alarm-{pressed}")).to_be_visible()
    finally:
        cable.close()


def test_a_telephone_without_network_is_noticed(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    expect(page.locator("html")).to_have_attribute("data-link", "live")
    phone.set_offline(True)
    house.stop()
    expect_lost(page)
    pressed = house.press(3)
    mine = house.press(1)
    house.start()
    phone.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden(timeout=15000)
    expect(page.locator(f"#alarm-{mine}")).to_be_visible()
    expect(page.locator(f"#alarm-{pressed}")).to_have_count(0)


def test_a_connection_that_lives_is_not_called_lost(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    page.evaluate("""() => new MutationObserver(() => { window.lostOnce ||= !document.getElementById('lost').hidden; })
        .observe(document.getElementById('lost'), { attributes: true })""")
    page.wait_for_timeout(WITHIN_MS + 2000)
    assert not page.evaluate("window.lostOnce")


def test_a_session_that_is_over_leads_to_the_sign_in(house: House, phone: BrowserContext) -> None:
    from store.tables import session

    page = sign_in(phone, house, "anna")
    house.write(lambda c: c.execute(session.delete()))
    page.wait_for_url(lambda url: url.endswith("/sign-in?over=1"))
    expect(page.get_by_role("alert")).to_contain_text("Du har loggats ut")
