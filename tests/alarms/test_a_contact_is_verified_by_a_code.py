"""A code proves that a contact works: hashed, soon over, few tries, and only for its owner."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from alarms.channel import Page, Receipt, Result, kinds, reliable
from alarms.contacts import repository, verification
from alarms.contacts.verification import LASTS, PAUSE, TRIES, Checked, NoSuchContactError, TooSoonError
from alarms.words import spoken, text
from store import tables
from tests.alarms.exchange import BO, exchange
from tests.alarms.town import NIGHT, SETTINGS, Town, add_contact


def contact(town: Town, responder: str = "bo", channel: str = "email") -> int:
    known = town.see(partial(repository.contacts_of, responder_id=responder))
    return next(one.id for one in known if one.channel == channel)


def begin(town: Town, number: int, responder: str = "bo") -> str:
    return town.do(lambda c: verification.begin(c, responder, number, town.now))[1]


def check(town: Town, number: int, typed: str, responder: str = "bo") -> Checked:
    return town.do(lambda c: verification.check(c, responder, number, typed, town.now))


def verified(town: Town, responder: str = "bo") -> frozenset[str]:
    return town.see(partial(repository.verified_channels, responder_id=responder))


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06}"


def test_the_right_code_verifies_once(town: Town) -> None:
    number = contact(town)
    assert verified(town) == frozenset()
    digits = begin(town, number)
    assert len(digits) == 6
    assert check(town, number, f" {digits} ") is Checked.VERIFIED
    assert verified(town) == {"email"}
    assert check(town, number, digits) is Checked.SPENT


def test_only_a_hash_is_stored(town: Town) -> None:
    digits = begin(town, contact(town))
    (row,) = town.see(lambda c: c.execute(select(tables.contact_code)).all())
    assert digits not in str(row.code_hash) + str(row.salt)


def test_few_wrong_codes_use_it_up_and_each_counts_though_it_was_refused(town: Town) -> None:
    number = contact(town)
    digits = begin(town, number)
    assert [check(town, number, wrong(digits)) for _ in range(TRIES)] == [Checked.WRONG] * TRIES
    assert check(town, number, digits) is Checked.SPENT
    assert verified(town) == frozenset()


@pytest.mark.parametrize(("after", "outcome"), [(LASTS - timedelta(seconds=1), "verified"), (LASTS, "spent")])
def test_a_code_expires(town: Town, after: timedelta, outcome: str) -> None:
    number = contact(town)
    digits = begin(town, number)
    town.clock.advance(seconds=after.total_seconds())
    assert check(town, number, digits) == outcome


def test_a_new_code_ends_the_one_before_and_comes_at_most_once_a_minute(town: Town) -> None:
    number = contact(town)
    first = begin(town, number)
    with pytest.raises(TooSoonError):
        begin(town, number)
    town.clock.advance(seconds=PAUSE.total_seconds())
    second = begin(town, number)
    if first != second:
        assert check(town, number, first) is Checked.WRONG
    assert check(town, number, second) is Checked.VERIFIED


@pytest.mark.parametrize("typed", ["", "x" * 10_000, "\x00", "\ud800", "١٢٣٤٥٦"])
def test_nonsense_is_a_wrong_code(town: Town, typed: str) -> None:
    number = contact(town)
    begin(town, number)
    assert check(town, number, typed) is Checked.WRONG


def test_nobody_verifies_a_contact_of_another_nor_the_console(town: Town) -> None:
    for number, responder in ((contact(town), "cia"), (contact(town, channel="console"), "bo"), (10**9, "bo")):
        with pytest.raises(NoSuchContactError):
            begin(town, number, responder)
        with pytest.raises(NoSuchContactError):
            check(town, number, "123456", responder)


def test_a_contact_that_is_not_verified_is_paged_all_the_same(town: Town) -> None:
    assert verified(town) == frozenset()
    assert town.names(town.press(), "step", channel="email") == ["bo"]


def test_only_channels_that_reach_who_looks_at_nothing_count(town: Town) -> None:
    assert reliable() == {kind.name for kind in kinds()} - {"console", "apprise"}
    for channel in ("apprise", "pigeon", "sms", "voice"):
        town.do(partial(add_contact, responder="bo", channel=channel, address="x"))
    everything = update(tables.contact).values(verified_at=town.now)
    town.do(lambda c: c.execute(everything))
    assert verified(town) == {"email", "sms", "voice"}
    town.do(lambda c: c.execute(update(tables.contact).where(tables.contact.c.channel == "sms").values(active=False)))
    assert verified(town) == {"email", "voice"}
    town.do(lambda c: c.execute(update(tables.responder).values(active=False)))
    assert verified(town) == frozenset()


def test_an_address_that_moves_to_another_person_leaves_the_first(town: Town) -> None:
    for responder in ("bo", "cia", "bo"):
        town.do(partial(repository.add, responder_id=responder, channel="push", address="same browser"))
    channels = {
        who: [one.channel for one in town.see(partial(repository.contacts_of, responder_id=who))]
        for who in ("bo", "cia")
    }
    assert channels == {"bo": ["console", "email", "push"], "cia": ["console", "email"]}


@pytest.mark.parametrize("name", ["46elks", "twilio"])
@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_a_code_is_sent_and_spoken_by_real_providers(small_town: Town, name: str, channel: str) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", channel, BO, verified=False)
        number = contact(small_town, channel=channel)
        found, digits = small_town.do(lambda c: verification.begin(c, "bo", number, small_town.now))
        assert (await verification.send(built.settings, found, digits, small_town.now)).result is Result.ACCEPTED
        (message,) = built.first.taken
        heard = digits if channel == "sms" else " ".join(digits)
        assert heard in message.text
        assert check(small_town, number, digits) is Checked.VERIFIED


async def test_a_channel_that_is_not_set_up_sends_no_code(small_town: Town) -> None:
    number = contact(small_town)
    found, digits = small_town.do(lambda c: verification.begin(c, "bo", number, small_town.now))
    with pytest.raises(NoSuchContactError):
        await verification.send(SETTINGS.model_copy(update={"smtp": None}), found, digits, small_town.now)


async def test_a_code_is_said_in_the_owners_language(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Page] = []

    async def keep(_self: object, page: Page) -> Receipt:
        sent.append(page)
        return Receipt(Result.ACCEPTED)

    monkeypatch.setattr("alarms.channels.email.Email.send", keep)
    found = repository.Reachable(id=1, channel="email", address="a@b", language="sv", verified_at=None)
    await verification.send(SETTINGS, found, "012345", NIGHT)
    assert text(sent[0]).startswith("Din kod i Hemvakt: 012345\n")
    assert spoken(sent[0], "en") == "Your code in Hemvakt: 0 1 2 3 4 5"
