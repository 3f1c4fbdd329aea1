"""By keyboard alone, with labels on everything, large targets, enough contrast, and in both languages."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from api import accounts
from tests.api.town import PASSWORD
from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser

#: Every control with the text that a screen reader would say, and its size.
CONTROLS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter(node => node.checkVisibility() && !node.closest('.skip, dialog:not([open])'))
    .map(node => {
        const box = (node.closest('label') ?? node).getBoundingClientRect();
        const name = node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent || '';
        return { tag: node.tagName, name: name.trim(), id: node.id, width: box.width, height: box.height,
                 inline: node.matches('.rows a, .who a, .brand') };
    })"""

#: Text and the colour that is really behind it, computed by the browser.
TEXTS = """() => {
    const parse = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        const shown = walker.currentNode.textContent.trim();
        if (!shown || !node.checkVisibility() || node.closest('script, .unseen, dialog:not([open])')) continue;
        const style = getComputedStyle(node);
        let ground = node;
        while (ground && parse(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
        const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
        found.push({ text: shown.slice(0, 40), ink: parse(style.color),
                     ground: parse(getComputedStyle(ground ?? document.body).backgroundColor),
                     large: size >= 24 || (bold && size >= 18.66) });
    }
    return found;
}"""


def luminance(colour: list[float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [value / 255 for value in colour[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    """Contrast ratio (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def open_everything(house: House, page: Page) -> None:
    alarm = house.press(1)
    house.care("nils")
    page.goto(f"{house.url}/alarms/{alarm}")
    expect(page.locator("#detail")).to_contain_text("Greta Holm")


@pytest.mark.parametrize("path", ["/", "detail", "/house", "/claim", "/about", "/sign-in", "/welcome"])
def test_every_text_can_be_read_in_the_dark(house: House, phone: BrowserContext, path: str) -> None:
    page = sign_in(phone, house, "karin")
    open_everything(house, page)
    if path != "detail":
        page.goto(house.url + path)
    texts = page.evaluate(TEXTS)
    assert len(texts) > 3
    for found in texts:
        ratio = contrast(found["ink"], found["ground"])
        assert ratio >= (3 if found["large"] else 4.5), (found["text"], round(ratio, 2))


@pytest.mark.parametrize("path", ["/", "detail", "/house", "/sign-in"])
def test_every_control_has_a_name_and_room_for_a_glove(house: House, phone: BrowserContext, path: str) -> None:
    page = sign_in(phone, house, "anna")
    open_everything(house, page)
    if path != "detail":
        page.goto(house.url + path)
    controls = page.evaluate(CONTROLS)
    assert len(controls) > 3
    for control in controls:
        assert control["name"], control
        if not control["inline"]:
            assert min(control["height"], control["width"]) >= 56 - 0.5, control
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("h1:visible").count() == 1
    assert page.evaluate("document.documentElement.lang") == "sv"
    assert page.locator("img:not([alt])").count() == 0
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "the page can be pushed sideways"


def test_a_night_can_be_worked_by_keyboard_alone(house: House, desktop: BrowserContext) -> None:
    alarm = house.press(1)
    page = desktop.new_page()
    page.goto(f"{house.url}/sign-in")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{house.url}/")
    focus(page, f"accept-{alarm}")
    outline = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    assert outline >= 3
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_contain_text("Du har det")
    focus(page, f"this-attend-{alarm}")
    page.keyboard.press("Space")
    expect(page.locator("#detail")).to_contain_text("Du är på väg")
    expect(page.locator("#detail :focus")).to_have_count(1)
    focus(page, f"this-close-{alarm}")
    page.keyboard.press("Enter")
    expect(page.locator("#close-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#close-dialog")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#close-dialog")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Inga öppna larm")).to_be_visible()


def test_the_focus_comes_back_from_a_dialog_to_what_news_has_drawn_anew(house: House, desktop: BrowserContext) -> None:
    alarm = house.press(1)
    page = sign_in(desktop, house, "anna")
    page.locator(f"#accept-{alarm}").click()
    expect(page.locator("#detail")).to_contain_text("Du har det")
    opener = page.locator(f"#this-close-{alarm}")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#close-dialog")).to_be_visible()
    node = opener.element_handle()
    house.press(1)
    page.wait_for_function("node => !node.isConnected", arg=node)
    page.keyboard.press("Escape")
    expect(page.locator("#close-dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def focus(page: Page, wanted: str) -> None:
    """Press Tab until the control with this id has the focus."""
    for _ in range(60):
        if page.evaluate("document.activeElement?.id") == wanted:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{wanted} cannot be reached by Tab")


def test_the_focus_stays_where_it_is_when_news_comes(house: House, desktop: BrowserContext) -> None:
    measured = house.care("nils")
    page = sign_in(desktop, house, "anna")
    page.locator(f"#who-{measured}").focus()
    pressed = house.press(1)
    expect(page.locator(f"#alarm-{pressed}")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == f"who-{measured}"


def test_motion_is_left_out_for_those_who_asked(house: House, desktop: BrowserContext) -> None:
    page = sign_in(desktop, house, "anna")
    page.emulate_media(reduced_motion="reduce")
    pressed = house.press(1)
    card = page.locator(f"#alarm-{pressed}")
    expect(card).to_have_class(re.compile("fresh"))
    assert card.evaluate("node => getComputedStyle(node).animationName") == "none"


def test_the_language_can_be_changed_and_is_kept(house: House, desktop: BrowserContext) -> None:
    page = desktop.new_page()
    page.goto(f"{house.url}/sign-in")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Svenska").click()
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    page = sign_in(desktop, house, "anna")
    page.get_by_label("Anna", exact=True).click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Open alarms")).to_be_visible()
    page.reload()
    assert page.evaluate("document.documentElement.lang") == "en"


def test_a_password_is_set_through_a_link_whose_secret_no_server_sees(house: House, phone: BrowserContext) -> None:
    secret = house.write(lambda c: accounts.one_time_link(c, "anna", house.clock.now()))
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(accounts.link_url(house.url, secret))
    page.get_by_label("Nytt lösenord", exact=True).fill("en båt full av kanel")
    page.get_by_label("Nytt lösenord en gång till").fill("en båt full av kanell")
    page.get_by_role("button", name="Spara lösenordet").click()
    expect(page.get_by_role("alert")).to_have_text("De två lösenorden är inte lika.")
    page.get_by_label("Nytt lösenord en gång till").fill("en båt full av kanel")
    page.get_by_role("button", name="Spara lösenordet").click()
    expect(page.get_by_text("Lösenordet är sparat.")).to_be_visible()
    assert all(secret not in url for url in asked)
    assert secret not in page.evaluate("document.documentElement.outerHTML")
    page.goto(f"{house.url}/welcome")
    expect(page.get_by_role("alert")).to_contain_text("hela länken")


def test_a_technician_adopts_a_device(house: House, phone: BrowserContext) -> None:
    page = sign_in_technician(phone, house)
    page.get_by_text("home-1/hall/pir").click()
    page.get_by_label("Namn", exact=True).fill("hall-pir")
    assert page.get_by_label("Slag").input_value() == "pir"
    page.get_by_label("Hem", exact=True).fill("nowhere")
    page.get_by_role("button", name="Ta i bruk").click()
    expect(page.locator("#said")).to_contain_text("Det gick inte")
    page.get_by_label("Hem", exact=True).fill("home-1")
    page.get_by_role("button", name="Ta i bruk").click()
    expect(page.locator("#said")).to_have_text("hall-pir är i bruk.")


def sign_in_technician(context: BrowserContext, house: House) -> Page:
    page = context.new_page()
    page.goto(f"{house.url}/sign-in")
    page.locator("#login").fill("tor")
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(f"{house.url}/house")
    return page


def test_the_page_obeys_its_own_policy(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    open_everything(house, page)
    page.get_by_role("button", name="Ta larmet").first.click()
    expect(page.locator("#detail")).to_contain_text("Du har det")
    assert [text for text in said if "Content Security Policy" in text or "Trusted" in text] == []
