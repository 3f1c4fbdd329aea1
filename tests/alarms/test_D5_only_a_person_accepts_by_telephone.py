"""D5, S2: a reply with the code, or key 1, from a verified number is the action of the console; nothing else is."""

import asyncio
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from alarms.channels.sms import Sms
from alarms.channels.voice import Voice
from alarms.lifecycle.states import Handling
from alarms.phone import tokens
from alarms.phone.numbers import normal
from hemvakt_sim.providers.message import Message
from store.errors import HemvaktError
from tests.alarms.exchange import BO, CIA, SECRET, Exchange, exchange, sending
from tests.alarms.providers import until
from tests.alarms.town import Town

both = pytest.mark.parametrize("name", ["46elks", "twilio"])
STRANGER = "+46709999999"


async def texted(built: Exchange, **changed: Any) -> tuple[int, Message]:
    """Let an alarm be raised and reach Bo by text message."""
    seen = len(built.first.taken)
    async with sending(built, Sms):
        alarm = await asyncio.to_thread(lambda: built.town.press(**changed))
        await until(lambda: len(built.first.taken) > seen)
        await built.first.settle()
    return alarm, built.first.taken[-1]


async def called(built: Exchange) -> tuple[int, Message]:
    async with sending(built, Voice):
        alarm = await asyncio.to_thread(built.town.press)
        await until(lambda: built.first.taken)
        await built.first.settle()
    return alarm, built.first.taken[-1]


async def write(built: Exchange, text: str, number: str = BO) -> str:
    return await built.first.reply(built.reply_url(built.first.company.name), number, text)


@both
@pytest.mark.parametrize("word", ["1 {}", "JA {}", "yes-{}", " ja{}. "])
async def test_a_reply_with_the_code_accepts_in_the_name_of_whose_number_it_is(
    small_town: Town, name: str, word: str
) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        alarm, message = await texted(built)
        code = message.text.split()[-1]
        said = await write(built, word.format(code))
        assert said == f"Larm {alarm}: du har det. Bekräfta i konsolen."
        view = small_town.alarm(alarm)
        assert (view.handling, view.owner_id) == (Handling.ACCEPTED, "bo")
        (row,) = [row for row in small_town.detail(alarm).audit if row.action == "accepted"]
        assert (row.actor_kind, row.actor) == ("responder", "bo")
        # The provider delivers the reply again: it is a confirmation, and the same answer.
        assert await write(built, word.format(code)) == said


@both
async def test_messages_and_calls_say_class_area_number_and_link_and_never_who_it_is_about(
    small_town: Town, name: str
) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        alarm, message = await texted(built)
        link = f"{built.settings.base_url}/alarms/{alarm}"
        assert message.text == f"LARM {alarm} Norra\n{link}\nTa larmet: svara 1 {built.code(alarm)}"
        built.add("bo", "voice", BO)
        async with sending(built, Voice):
            await asyncio.to_thread(small_town.press)
            await until(lambda: len(built.first.taken) == 2)
        heard = built.first.taken[-1].text
        assert f"{alarm} Norra" in heard
        assert not any(word in message.text + heard for word in ("Elsa", "Storgatan", "pressed", "1938"))


@both
async def test_key_1_accepts_and_any_other_key_does_not(small_town: Town, name: str) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "voice", BO)
        alarm, call = await called(built)
        for keys in ("", "2", "11", "failed", "#"):
            assert await built.first.press(call, keys) == "Larmet är inte taget."
        assert small_town.alarm(alarm).handling is Handling.OPEN
        assert "du har det" in await built.first.press(call, "1")
        assert small_town.alarm(alarm).owner_id == "bo"


@both
async def test_who_comes_second_is_told_who_has_it_and_who_comes_late_that_it_is_closed(
    small_town: Town, name: str
) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        alarm, _ = await texted(built)
        await asyncio.to_thread(small_town.accept, alarm, "cia")
        answer = f"1 {built.code(alarm)}"
        assert await write(built, answer) == f"Larm {alarm} är redan taget av Cia."
        await asyncio.to_thread(small_town.close, alarm, "cia")
        assert await write(built, answer) == f"Larm {alarm} är avslutat."
        assert small_town.alarm(alarm).handling is Handling.CLOSED


@both
async def test_unknown_and_unverified_numbers_are_refused_and_logged_without_the_number(
    small_town: Town, name: str
) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO, verified=False)
        alarm, _ = await texted(built)
        with capture_logs() as logs:
            for number in (BO, STRANGER, "", "anonymous", "+4670000000199999999", "\x00"):
                assert await write(built, f"1 {built.code(alarm)}", number) == ""
        assert small_town.alarm(alarm).handling is Handling.OPEN
        assert [line["event"] for line in logs] == ["reply_from_unknown_number"] * 6
        assert BO not in str(logs)


async def test_key_1_on_a_number_that_is_not_verified_takes_nothing(small_town: Town) -> None:
    async with exchange(small_town, "46elks") as built:
        built.add("bo", "voice", BO, verified=False)
        alarm, call = await called(built)
        assert "inte bekräftat" in await built.first.press(call, "1")
        assert small_town.alarm(alarm).handling is Handling.OPEN


async def test_the_code_of_another_alarm_or_another_person_takes_nothing(small_town: Town) -> None:
    async with exchange(small_town, "46elks") as built:
        built.add("bo", "sms", BO)
        built.add("cia", "sms", CIA)
        alarm, _ = await texted(built)
        # The code was never sent to Cia, though she may have seen it.
        assert "passar inget larm" in await write(built, f"1 {built.code(alarm)}", CIA)
        assert "Svara 1 och koden" in await write(built, "1")
        assert "Svara 1 och koden" in await write(built, "nej tack " + "x" * 5000)
        assert small_town.alarm(alarm).handling is Handling.OPEN


async def test_who_guesses_codes_is_stopped_and_may_go_on_later(small_town: Town) -> None:
    async with exchange(small_town, "46elks") as built:
        built.add("bo", "sms", BO)
        alarm, _ = await texted(built)
        right = built.code(alarm)
        wrong = f"{(int(right) + 1) % 10_000:04}"
        for _ in range(5):
            assert "passar inget larm" in await write(built, f"1 {wrong}")
        assert "För många fel" in await write(built, f"1 {right}")
        assert small_town.alarm(alarm).handling is Handling.OPEN
        small_town.clock.advance(seconds=901)
        assert "du har det" in await write(built, f"1 {right}")


async def test_of_two_alarms_the_code_says_which(small_town: Town) -> None:
    async with exchange(small_town, "twilio") as built:
        built.add("bo", "sms", BO)
        first, _ = await texted(built)
        second, message = await texted(built, rule="fall")
        assert "du har det" in await write(built, f"ja {message.text.split()[-1]}")
        assert small_town.alarm(second).owner_id == "bo"
        assert small_town.alarm(first).handling is Handling.OPEN


async def test_a_number_that_two_have_verified_is_nobodys(small_town: Town) -> None:
    async with exchange(small_town, "46elks") as built:
        built.add("bo", "sms", BO)
        built.add("cia", "sms", BO)
        async with sending(built, Sms):
            alarm = await asyncio.to_thread(small_town.press)
            await asyncio.to_thread(small_town.advance, 120)
            await until(lambda: {who for who, state, _ in built.pages(alarm) if state == "sent"} == {"bo", "cia"})
        assert "Det går inte att säga" in await write(built, f"1 {built.code(alarm)}")
        assert small_town.alarm(alarm).handling is Handling.OPEN


def forged(built: Exchange, alarm: int) -> dict[str, tuple[str, dict[str, str]]]:
    """Callbacks that are all but right: address and form by what is wrong with them."""
    base, name = built.settings.base_url, built.first.company.name
    key = built.keys(alarm).pop()
    good = tokens.callbacks(SECRET, base, name, key)
    accepting = {"from": BO, "From": BO, "message": f"1 {built.code(alarm)}", "Body": f"1 {built.code(alarm)}"}
    pressed = {"to": BO, "To": BO, "result": "1", "Digits": "1"}
    return {
        "token of another purpose": (good.report.replace("/report/", "/press/"), pressed),
        "token of another page": (good.press.replace(key, "0" * 32), pressed),
        "no token": (f"{base}/callbacks/{name}/reply/x", accepting),
        "another provider": (good.press.replace(f"/{name}/", "/telia/"), pressed),
        "a provider without an account": (good.press.replace(f"/{name}/", "/twilio/"), pressed),
        "a token that is no text": (f"{base}/callbacks/{name}/reply/%ff%00", accepting),
    }


async def test_who_proves_nothing_is_told_nothing_and_changes_nothing(small_town: Town) -> None:
    async with exchange(small_town, "46elks") as built:
        built.add("bo", "sms", BO)
        alarm, _ = await texted(built)
        async with httpx.AsyncClient() as stranger:
            for what, (url, form) in forged(built, alarm).items():
                assert (await stranger.post(url, data=form)).status_code == 404, what
        assert small_town.alarm(alarm).handling is Handling.OPEN


async def test_twilio_signs_or_is_not_heard_and_46elks_calls_from_its_own_address(small_town: Town) -> None:
    async with exchange(small_town, "46elks", "twilio") as built:
        built.add("bo", "sms", BO)
        alarm, _ = await texted(built)
        form = {"From": BO, "Body": f"1 {built.code(alarm)}"}
        async with httpx.AsyncClient() as stranger:
            for signature in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "-"}, {"X-Twilio-Signature": "å"}):
                headers = [(name.encode(), value.encode()) for name, value in signature.items()]
                answer = await stranger.post(built.reply_url("twilio"), data=form, headers=headers)
                assert answer.status_code == 404
            twilio = built.providers["twilio"].company
            changed = twilio.headers(built.reply_url("twilio"), form)
            answer = await stranger.post(built.reply_url("twilio"), data=form | {"From": CIA}, headers=changed)
            assert answer.status_code == 404
    async with exchange(small_town, "46elks") as built:
        account = built.settings.phone.elks.model_copy(update={"networks": ()})  # type: ignore[union-attr]
        assert account.admits("192.0.2.1")
        known = type(account)(user="u", password="p", sender="+46")  # type: ignore[arg-type]
        assert known.admits("176.10.154.199")
        assert not known.admits("127.0.0.1")
        assert not known.admits("nowhere")


@both
async def test_nonsense_in_a_genuine_callback_harms_nothing(small_town: Town, name: str) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        alarm, message = await texted(built)
        company = built.first.company
        unknown = tokens.callbacks(SECRET, built.settings.base_url, name, "f" * 32)
        forms: list[dict[str, str]] = [
            {},
            {"status": "exploded", "MessageStatus": "exploded"},
            {"status": "delivered", "MessageStatus": "delivered", "id": "x" * 5000, "MessageSid": "å\x00" * 99},
            {f"field-{number}": "" for number in range(90)},
        ]
        async with httpx.AsyncClient() as client:
            for url in (message.report_url, unknown.report, unknown.press, built.reply_url(name)):
                for form in forms:
                    answer = await client.post(url, data=form, headers=company.headers(url, form))
                    assert answer.status_code < 300, (url, form)
            huge = await client.post(message.report_url, content=b"a=" + b"x" * 200_000)
            assert huge.status_code == 413
            broken = await client.post(built.reply_url(name), content=b"\xff\xfe%%%&&&=" * 50)
            assert broken.status_code < 500
        assert small_town.alarm(alarm).handling is Handling.OPEN


def test_without_a_secret_no_token_is_right() -> None:
    assert not tokens.matches("", "reply", "46elks", tokens.token("", "reply", "46elks"))


async def test_a_secret_that_can_be_guessed_is_refused(small_town: Town) -> None:
    async with exchange(small_town, "46elks") as built:
        weak = built.settings.phone.model_copy(update={"callback_secret": None})  # type: ignore[union-attr]
        with pytest.raises(HemvaktError, match="32 random"):
            Sms(built.settings.model_copy(update={"phone": weak}))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+46 70-123 45 67", "+46701234567"),
        ("0046701234567", "+46701234567"),
        ("0701234567", ""),
        ("+4670", ""),
        ("+46701234567; DROP", ""),
        ("+" + "9" * 5000, ""),
        ("+٤٦٧٠١٢٣٤٥٦٧", ""),
    ],
)
def test_numbers_are_compared_in_one_form(written: str, number: str) -> None:
    assert normal(written) == number
