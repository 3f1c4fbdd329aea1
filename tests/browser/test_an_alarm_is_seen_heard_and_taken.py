"""The console in a real Chromium: an alarm comes without a reload, rings, is accepted, rings again, is closed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser


def rings(page: Page) -> int:
    """How often the page has rung since it was opened."""
    return int(page.evaluate("document.documentElement.dataset.rings ?? 0"))


def wait_for(page: Page, what: Callable[[], bool]) -> None:
    """Wait at most 10 s. The page's own policy forbids the strings that Playwright would evaluate in it to wait."""
    for _ in range(200):
        if what():
            return
        page.wait_for_timeout(50)
    pytest.fail("it did not happen")


def wait_for_ring(page: Page, more_than: int) -> None:
    wait_for(page, lambda: rings(page) > more_than)


def test_an_alarm_appears_without_a_reload_and_rings_until_it_is_taken(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    expect(page.get_by_text("Inga öppna larm")).to_be_visible()
    page.evaluate("window.samePage = true")
    alarm = house.press(1)
    card = page.locator(f"#alarm-{alarm}")
    expect(card).to_be_visible()
    expect(card).to_contain_text("Greta Holm")
    expect(card).to_contain_text("f. 1938")
    expect(card).to_contain_text("Granvägen 3, 1 tr")
    expect(card).to_contain_text("Larmknappen har tryckts in.")
    expect(card).to_contain_text("Fara för liv")
    expect(page).to_have_title("(1) Hemvakt")
    expect(page.locator("#live")).to_contain_text("Nytt larm: Fara för liv. Greta Holm")
    expect(page.locator("html")).to_have_attribute("data-ringing", "yes")
    wait_for_ring(page, rings(page))
    page.get_by_role("button", name="Ta larmet för Greta Holm").click()
    expect(page).to_have_url(f"{house.url}/alarms/{alarm}")
    expect(page.locator("#detail")).to_contain_text("Du har det")
    expect(page.locator("#detail")).to_contain_text("Nyckelskåp vid porten: 4711")
    expect(page.locator("html")).to_have_attribute("data-ringing", "no")
    expect(page).to_have_title("Hemvakt")
    assert page.evaluate("window.samePage") is True


def test_a_second_press_rings_again_although_it_is_taken(house: House, phone: BrowserContext) -> None:
    alarm = house.press(1)
    page = sign_in(phone, house, "anna")
    page.get_by_role("button", name="Ta larmet").click()
    expect(page.locator("html")).to_have_attribute("data-ringing", "no")
    before = rings(page)
    house.press(1)
    wait_for_ring(page, before)
    assert page.evaluate("document.documentElement.dataset.lastRing") == "life_safety"
    expect(page.locator("#live")).to_contain_text("Igen: Fara för liv. Greta Holm")
    # It goes on until the one who has it has answered.
    expect(page.locator("html")).to_have_attribute("data-ringing", "yes")
    page.locator(f"#this-confirm-{alarm}").click()
    expect(page.locator("html")).to_have_attribute("data-ringing", "no")


def test_an_alarm_that_another_took_says_who_has_it(
    house: House, phone: BrowserContext, desktop: BrowserContext
) -> None:
    alarm = house.press(1)
    anna, bo = sign_in(phone, house, "anna"), sign_in(desktop, house, "bo")
    expect(bo.locator(f"#accept-{alarm}")).to_be_visible()
    # Bo's page does not learn of it: the network holds back what would tell him.
    bo.route("**/fragments/**", lambda route: route.abort())
    anna.get_by_role("button", name="Ta larmet").click()
    expect(anna.locator("#detail")).to_contain_text("Du har det")
    bo.locator(f"#accept-{alarm}").click()
    expect(bo.locator("#said")).to_have_text("Anna Ek har redan det här larmet.")
    bo.unroute("**/fragments/**")
    expect(bo.locator(f"#alarm-{alarm}")).to_contain_text("Hos Anna Ek")
    expect(bo.locator(f"#accept-{alarm}")).to_have_count(0)


def test_an_alarm_is_closed_with_an_outcome_and_not_without(house: House, phone: BrowserContext) -> None:
    alarm = house.press(1)
    page = sign_in(phone, house, "anna")
    page.get_by_role("button", name="Ta larmet").click()
    page.get_by_role("button", name="Jag är på väg").click()
    expect(page.locator("#detail")).to_contain_text("Du är på väg")
    page.get_by_role("button", name="Avsluta med utfall").click()
    dialog = page.locator("#close-dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Avsluta larmet").click()
    expect(dialog).to_be_visible()
    assert dialog.locator("input:invalid").count() > 0
    dialog.get_by_label("Hjälp gavs").check()
    dialog.get_by_label("Anteckning (får utelämnas)").fill("Uppe igen, oskadd.")
    dialog.get_by_role("button", name="Avsluta larmet").click()
    expect(page.get_by_text("Inga öppna larm")).to_be_visible()
    expect(page.locator("#side")).to_contain_text("Greta Holm")
    page.locator(f"#closed-{alarm}").click()
    expect(page.locator("#detail")).to_contain_text("Uppe igen, oskadd.")
    expect(page.locator("#detail")).not_to_contain_text("4711")


def test_handing_back_opens_it_for_the_others(house: House, phone: BrowserContext) -> None:
    alarm = house.press(1)
    page = sign_in(phone, house, "anna")
    page.get_by_role("button", name="Ta larmet").click()
    page.get_by_role("button", name="Lämna tillbaka").click()
    page.locator("#release-dialog").get_by_label("Jag kan inte ta mig dit").check()
    page.locator("#release-dialog").get_by_role("button", name="Lämna tillbaka").click()
    expect(page.locator("#detail")).to_contain_text("Ingen har tagit det")
    expect(page.locator("html")).to_have_attribute("data-ringing", "yes")
    expect(page.locator(f"#this-accept-{alarm}")).to_be_visible()


def test_the_gravest_stands_first_and_alone_has_the_large_button(house: House, phone: BrowserContext) -> None:
    measured = house.care("nils")
    page = sign_in(phone, house, "anna")
    expect(page.locator(f"#accept-{measured}")).to_be_visible()
    pressed = house.press(1)
    expect(page.locator(".card").first).to_have_id(f"alarm-{pressed}")
    expect(page.locator("[data-act=accept]:visible")).to_have_count(1)
    box, screen = page.locator(f"#accept-{pressed}").bounding_box(), page.viewport_size
    assert box
    assert screen
    assert box["height"] >= 80
    assert box["width"] >= screen["width"] * 0.8


def test_a_finger_on_its_way_does_not_take_the_alarm_that_slips_under_it(house: House, phone: BrowserContext) -> None:
    measured = house.care("nils")
    page = sign_in(phone, house, "anna")
    expect(page.locator(f"#accept-{measured}")).to_be_visible()
    # The press arrives, and in the same instant the finger comes down where the other alarm was.
    page.evaluate("""() => new MutationObserver((_, watch) => {
        const button = document.querySelector('.card.first [data-act=accept]');
        if (!button) return;
        watch.disconnect();
        queueMicrotask(() => setTimeout(() => {
            button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
            document.documentElement.dataset.tapped = 'yes';
        }, 50));
    }).observe(document.getElementById('alarms'), { childList: true })""")
    pressed = house.press(1)
    expect(page.locator("html")).to_have_attribute("data-tapped", "yes")
    expect(page.locator(f"#alarm-{pressed}")).to_have_attribute("data-handling", "open")
    page.wait_for_timeout(800)
    page.locator(f"#accept-{pressed}").click()
    expect(page.locator("#detail")).to_contain_text("Du har det")


def test_sound_that_is_off_is_said_and_one_tap_turns_it_on(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    page.goto(f"{house.url}/about")
    page.goto(f"{house.url}/")
    strip = page.locator("#sound-strip")
    if page.locator("html").get_attribute("data-sound") == "off":
        expect(strip).to_be_visible()
        page.get_by_role("button", name="Slå på ljudet").click()
    expect(page.locator("html")).to_have_attribute("data-sound", "on")
    expect(strip).to_be_hidden()
    page.locator("#sound-toggle").click()
    expect(strip).to_be_visible()
    page.reload()
    expect(strip).to_be_visible()
    page.locator("h1").click()
    expect(page.locator("html")).to_have_attribute("data-sound", "off")
    page.get_by_role("button", name="Slå på ljudet").click()
    expect(page.locator("html")).to_have_attribute("data-sound", "on")


def test_the_sound_is_really_played(house: House, phone: BrowserContext) -> None:
    phone.add_init_script(
        "window.tones = []; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (at) { tones.push(this.frequency.value); start.call(this, at); };"
    )
    page = sign_in(phone, house, "anna")
    page.get_by_role("heading", name="Öppna larm").click()
    expect(page.locator("html")).to_have_attribute("data-sound", "on")
    house.press(1)
    wait_for(page, lambda: page.evaluate("tones.length") >= 5)
    assert len(set(page.evaluate("tones"))) == 2


def test_what_happened_before_is_told_with_the_alarm(house: House, phone: BrowserContext) -> None:
    first = house.press(1)
    page = sign_in(phone, house, "anna")
    page.get_by_role("button", name="Ta larmet").click()
    page.get_by_role("button", name="Avsluta med utfall").click()
    page.get_by_label("Falsklarm").check()
    page.locator("#close-dialog").get_by_role("button", name="Avsluta larmet").click()
    expect(page.get_by_text("Inga öppna larm")).to_be_visible()
    second = house.press(1)
    page.locator(f"#who-{second}").click()
    detail = page.locator("#detail")
    expect(detail).to_contain_text(f"Återkom efter larm {first}")
    expect(detail).to_contain_text("Falsklarm")
    expect(detail).to_contain_text("Anna Ek")
    expect(detail).to_contain_text(re.compile(r"\d\d:\d\d:\d\d: steg 2 når de i tjänst"))
    page.go_back()
    expect(page.locator(f"#alarm-{second}")).to_be_visible()
    expect(detail).to_be_hidden()
