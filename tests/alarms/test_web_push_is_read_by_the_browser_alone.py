"""Web push: encrypted for one browser, signed by us, without a name in it, and gone when the browser is."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from alarms.channel import Page, Result
from alarms.channels.push import NoPushKeyError, Push
from alarms.delivery.lane import Lane
from alarms.settings import ChannelSettingsError, DeskSettings
from alarms.webpush.encryption import LONGEST, encrypt
from alarms.webpush.subscription import BadSubscriptionError, Subscription
from alarms.webpush.vapid import BadPushKeyError, Signer, new_key
from store import tables
from tests.alarms.providers import until
from tests.alarms.push_service import Browser, b64, push_service, sender_of, unb64
from tests.alarms.town import NIGHT, Town

#: RFC 8291 appendix A.
EXAMPLE = {
    "plain": b"When I grow up, I want to be a watermelon",
    "own": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "browser": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "message": (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
        "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs"
        "j_Qulcy4a-fN"
    ),
}


def key_of(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unb64(text)), ec.SECP256R1())


def test_encryption_is_that_of_the_example_in_rfc_8291() -> None:
    browser = Browser(key_of(str(EXAMPLE["browser"])), unb64(str(EXAMPLE["auth"])))
    salt, own = unb64(str(EXAMPLE["salt"])), key_of(str(EXAMPLE["own"]))
    plain = bytes(EXAMPLE["plain"])  # type: ignore[arg-type]
    message = encrypt(plain, browser.private.public_key(), browser.auth, own=own, salt=salt)
    assert b64(message) == EXAMPLE["message"]
    assert browser.decrypt(message) == plain


@given(plain=st.binary(max_size=LONGEST))
def test_only_the_browser_reads_it(plain: bytes) -> None:
    browser, other = Browser(), Browser()
    message = encrypt(plain, browser.private.public_key(), browser.auth)
    assert len(message) <= 4096
    assert browser.decrypt(message) == plain
    with pytest.raises(InvalidTag):
        other.decrypt(message)


def test_what_is_too_long_for_a_push_service_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        encrypt(b"x" * (LONGEST + 1), Browser().private.public_key(), b"x" * 16)


@pytest.fixture
def settings(tmp_path: Path) -> DeskSettings:
    (tmp_path / "key.pem").write_bytes(new_key())
    push = {"private_key_file": str(tmp_path / "key.pem"), "contact": "mailto:it@example.org", "services": "127.0.0.1"}
    return DeskSettings.model_validate({"channels": {"push": push}, "base_url": "https://hemvakt.example"})


Make = Callable[..., Page]


@pytest.fixture
def page() -> Make:
    def make(address: str, **changed: Any) -> Page:
        values: dict[str, Any] = {
            "id": 7,
            "alarm_id": 42,
            "alarm_class": "life_safety",
            "area": "Norra",
            "reason": "step",
            "channel": "push",
            "address": address,
            "language": "sv",
            "attempt": 1,
            "at": NIGHT,
            "idempotency_key": "5f0c" * 8,
            "link": "https://hemvakt.example/alarms/42",
        }
        return Page(**(values | changed))

    return make


async def test_a_push_says_class_area_number_and_link_and_nothing_in_clear(settings: DeskSettings, page: Make) -> None:
    browser, channel = Browser(), Push(settings)
    async with push_service() as service:
        receipt = await channel.send(page(browser.stored(service.endpoint)))
        await channel.aclose()
        (asked,) = service.asked
    assert receipt.result is Result.ACCEPTED
    said = json.loads(browser.decrypt(asked.body))
    assert said == {"title": "LARM 42 Norra", "link": "https://hemvakt.example/alarms/42", "tag": "alarm-42"}
    clear = asked.body + str(asked.headers).encode() + asked.path.encode()
    assert not any(word in clear for word in (b"Norra", b"LARM", b"alarms/42"))
    assert (asked.headers["urgency"], asked.headers["topic"]) == ("high", "5f0c" * 8)
    assert int(asked.headers["ttl"]) > 0


async def test_the_sender_is_signed_for_the_service_it_goes_to(settings: DeskSettings, page: Make) -> None:
    browser, channel = Browser(), Push(settings)
    async with push_service() as service:
        await channel.send(page(browser.stored(service.endpoint)))
        await channel.aclose()
        claims = sender_of(service.asked[0])
        assert claims["aud"] == f"http://127.0.0.1:{service.port}"
    assert claims["sub"] == "mailto:it@example.org"
    assert 0 < claims["exp"] - NIGHT.timestamp() <= 86400
    file = Path(settings.channels["push"]["private_key_file"].get_secret_value())
    assert claims["k"] == Signer.from_file(file, "").public


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (201, Result.ACCEPTED),
        (404, Result.GONE),
        (410, Result.GONE),
        (400, Result.REFUSED),
        (413, Result.REFUSED),
        (429, Result.REFUSED),
        (500, Result.UNKNOWN),
        (503, Result.UNKNOWN),
    ],
)
async def test_what_an_answer_means(settings: DeskSettings, page: Make, status: int, result: Result) -> None:
    channel = Push(settings)
    async with push_service() as service:
        service.status = status
        assert (await channel.send(page(Browser().stored(service.endpoint)))).result is result
        gone = service.endpoint
    assert (await channel.send(page(Browser().stored(gone)))).result in {Result.UNREACHABLE, result}
    await channel.aclose()


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_used_no_more_and_others_are(
    town: Town, settings: DeskSettings, status: int
) -> None:
    town.settings = settings
    one, two = Browser(), Browser()
    query = select(tables.contact.c.address).where(tables.contact.c.channel == "push", tables.contact.c.active)
    turns = update(tables.rotation).where(tables.rotation.c.id == "nights").values(turns=[["bo"]])
    async with push_service() as dead, push_service() as alive:
        dead.status = status
        rows = [
            {"responder_id": "bo", "channel": "push", "address": browser.stored(service.endpoint), "verified_at": NIGHT}
            for browser, service in ((one, dead), (two, alive))
        ]

        def prepare() -> int:
            town.do(lambda c: c.execute(turns))
            town.do(lambda c: c.execute(insert(tables.contact), rows))
            return town.press()

        alarm = await asyncio.to_thread(prepare)
        task = asyncio.create_task(Lane(town.database, town.clock, settings, Push(settings), "desk-1").run())
        await until(lambda: sorted(p.state for p in town.told(alarm, channel="push")) == ["cancelled", "sent"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert town.see(lambda c: c.execute(query).scalars().all()) == [two.stored(alive.endpoint)]
        assert len(dead.asked) == len(alive.asked) == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://evilgoogleapis.com/x",
        "https://169.254.169.254/latest",
        "https://localhost/x",
        "https://fcm.googleapis.com.evil.example/x",
        "file:///etc/passwd",
        "https://[::1",
        "",
        "https://fcm.googleapis.com/" + "x" * 2000,
    ],
)
def test_a_browser_cannot_make_us_call_anything_but_a_push_service(endpoint: str) -> None:
    services = ("googleapis.com", "push.services.mozilla.com")
    Subscription.read(Browser().stored("https://fcm.googleapis.com/fcm/send/abc")).require_usable(services)
    with pytest.raises(BadSubscriptionError):
        Subscription.read(Browser().stored(endpoint)).require_usable(services)


@given(p256dh=st.text(), auth=st.text(), stored=st.text())
def test_any_nonsense_for_a_subscription_is_refused(p256dh: str, auth: str, stored: str) -> None:
    with pytest.raises(BadSubscriptionError):
        Subscription.read(stored)
    with pytest.raises(BadSubscriptionError):
        Subscription("https://fcm.googleapis.com/x", p256dh, auth).require_usable(("googleapis.com",))


async def test_a_stored_subscription_that_cannot_be_used_is_gone(settings: DeskSettings, page: Make) -> None:
    channel = Push(settings)
    for address in ("", "{}", '{"endpoint": "https://x", "p256dh": "", "auth": ""}'):
        assert (await channel.send(page(address))).result is Result.GONE
    await channel.aclose()


def test_errors_of_settings_say_what_to_do_and_quote_no_secret(tmp_path: Path) -> None:
    with pytest.raises(NoPushKeyError):
        Push(DeskSettings())
    wrong = DeskSettings.model_validate({"channels": {"push": {"secret": "hunter2"}}})
    with pytest.raises(ChannelSettingsError) as told:
        Push.configured(wrong)
    assert "private_key_file" in str(told.value)
    assert "hunter2" not in str(told.value) + repr(wrong) + wrong.model_dump_json()
    (tmp_path / "bad.pem").write_text("not a key")
    with pytest.raises(BadPushKeyError, match="push-key"):
        Signer.from_file(tmp_path / "bad.pem", "mailto:x")
