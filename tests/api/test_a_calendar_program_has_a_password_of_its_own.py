"""A calendar program reads shifts with a password that does nothing else, ends when revoked, and nobody guesses."""

import base64
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from api.identity import feeds
from store.tables import account, calendar_feed, login_attempt, responder
from tests.api.conftest import Town
from tests.api.town import PASSWORD

ADDRESS = "/api/v1/on-call/me.ics"
FEEDS = "/api/v1/me/calendar-feeds"


async def made(town: Town, login: str = "anna", name: str = "My telephone") -> dict[str, Any]:
    async with town.as_(login) as client:
        answer = await client.post(FEEDS, json={"name": name})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def ask(town: Town, header: str, path: str = ADDRESS, method: str = "GET") -> httpx.Response:
    async with town.browser() as client:
        return await client.request(method, path, headers={"Authorization": header})


async def test_it_reads_its_owners_shifts(any_town: Town) -> None:
    feed = await made(any_town)
    assert feed["address"].endswith(ADDRESS)
    assert feed["password"] not in feed["address"]
    answer = await ask(any_town, basic(feed["user"], feed["password"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in answer.text
    # As a telephone writes what somebody types in.
    typed = feed["password"].replace("-", " ").upper()
    assert (await ask(any_town, basic("anna", typed))).status_code == 200


async def test_it_is_good_for_calendars_only(town: Town) -> None:
    feed = await made(town)
    header = basic("anna", feed["password"])
    for path in ("/api/v1/me", "/api/v1/alarms", "/api/v1/on-call", FEEDS, "/", "/api/v1/residents", "/on-call"):
        assert (await ask(town, header, path)).status_code in {401, 303}, path
    assert (await ask(town, f"Bearer {feed['password']}")).status_code == 401
    assert (await ask(town, header, ADDRESS, "DELETE")).status_code == 405
    assert (await ask(town, header, "/api/v1/on-call/people/bo.ics")).status_code == 404
    assert (await ask(town, header, "/api/v1/on-call/teams/south.ics")).status_code == 404
    assert (await ask(town, header, "/api/v1/on-call/teams/north.ics")).status_code == 200
    signed_in = await town.browser().post("/api/v1/session", json={"login": "anna", "password": feed["password"]})
    assert signed_in.status_code == 401


async def test_the_password_of_the_account_is_not_one_of_them(town: Town) -> None:
    assert (await ask(town, basic("anna", PASSWORD))).status_code == 401


async def test_it_ends_when_revoked_and_the_others_go_on(any_town: Town) -> None:
    one, other = await made(any_town), await made(any_town, name="Desk")
    async with any_town.as_("anna") as anna, any_town.as_("bo") as bo:
        assert [feed["name"] for feed in (await anna.get(FEEDS)).json()["items"]] == ["Desk", "My telephone"]
        assert (await bo.get(FEEDS)).json()["items"] == []
        # Nobody ends those of others, and none ends twice.
        assert (await bo.delete(f"{FEEDS}/{one['id']}")).status_code == 404
        assert (await anna.delete(f"{FEEDS}/{one['id']}")).status_code == 204
        assert (await anna.delete(f"{FEEDS}/{one['id']}")).status_code == 404
        assert [feed["name"] for feed in (await anna.get(FEEDS)).json()["items"]] == ["Desk"]
    assert (await ask(any_town, basic("anna", one["password"]))).status_code == 401
    assert (await ask(any_town, basic("anna", other["password"]))).status_code == 200


async def test_it_ends_with_the_account_and_with_the_work(town: Town) -> None:
    header = basic("anna", (await made(town))["password"])
    town.database.write_now(lambda c: c.execute(update(responder).values(active=False)))
    assert (await ask(town, header)).status_code == 404
    town.database.write_now(lambda c: c.execute(update(responder).values(active=True)))
    town.database.write_now(lambda c: c.execute(update(account).values(active=False)))
    assert (await ask(town, header)).status_code == 401


async def test_the_password_of_one_is_not_that_of_another(town: Town) -> None:
    assert (await ask(town, basic("bo", (await made(town))["password"]))).status_code == 401


async def test_only_a_hash_is_stored(any_town: Town) -> None:
    feed = await made(any_town)
    row = any_town.database.read_now(lambda c: c.execute(select(calendar_feed)).one())
    assert feed["password"] not in str(row)
    assert feed["password"].replace("-", "") not in str(row)
    assert len(set(feed["password"]) - {"-"}) > 8
    async with any_town.as_("anna") as client:
        assert "password" not in (await client.get(FEEDS)).text


async def test_use_is_noted_once_a_day(town: Town) -> None:
    header = basic("anna", (await made(town))["password"])
    used = select(calendar_feed.c.used_at)
    first = town.clock.now()
    for hours, expected in ((0, 0), (12, 0), (13, 25)):
        town.clock.advance(hours=hours)
        assert (await ask(town, header)).status_code == 200
        at = town.database.read_now(lambda c: c.execute(used).scalar_one())
        assert (at - first).total_seconds() == expected * 3600


async def test_whoever_guesses_is_slowed_down_and_locks_nobody_out_of_the_console(any_town: Town) -> None:
    feed = await made(any_town)
    answers = [(await ask(any_town, basic("anna", f"wrong-{n}"))).status_code for n in range(7)]
    assert answers == [401] * 5 + [429] * 2
    slowed = await ask(any_town, basic("anna", feed["password"]))
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) > 0
    for n in range(60):
        await ask(any_town, basic(f"nobody-{n}", "x"))
    # The telephone at the same address keeps its owner out of nothing.
    await any_town.signed_in("anna")
    any_town.clock.advance(minutes=16)
    assert (await ask(any_town, basic("anna", feed["password"]))).status_code == 200


async def test_a_program_that_knows_its_password_is_never_slowed_down(town: Town) -> None:
    header = basic("anna", (await made(town))["password"])
    for _ in range(60):
        assert (await ask(town, header)).status_code == 200
    count = select(func.count()).select_from(login_attempt)
    assert town.database.read_now(lambda c: c.execute(count).scalar()) == 0


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic " + base64.b64encode(b"anna").decode(),
        "Basic " + base64.b64encode(b":secret").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(),
        "Basic " + base64.b64encode(b"an\x00na:x").decode(),
        "Basic " + base64.b64encode(b"anna:" + b"x" * 5000).decode(),
        "basic " + base64.b64encode(b"' OR 1=1 --:x").decode(),
        "Basic " + base64.b64encode("åäö💥:åäö".encode()).decode(),
        "Negotiate abc",
        "Bearer ",
        "Basic " + "A" * 7000,
    ],
)
async def test_whatever_the_header_holds_it_is_refused_and_asked_for_a_password(town: Town, header: str) -> None:
    answer = await ask(town, header)
    assert answer.status_code == 401
    assert 'Basic realm="Hemvakt"' in answer.headers["www-authenticate"]
    assert answer.json()["type"] == "urn:hemvakt:problem:not-signed-in"


async def test_a_browser_whose_session_is_over_is_asked_for_no_password(town: Town) -> None:
    browser = await town.signed_in("anna")
    town.clock.advance(days=2)
    answer = await browser.get(ADDRESS)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_there_are_at_most_ten_and_their_names_are_bounded(town: Town) -> None:
    async with town.as_("anna") as client:
        for name in ("", " ", "x" * 101, "a\0b", None, 3):
            assert (await client.post(FEEDS, json={"name": name})).status_code == 422, name
        for n in range(feeds.MOST):
            assert (await client.post(FEEDS, json={"name": f"{n} <b>"})).status_code == 201
        assert (await client.post(FEEDS, json={"name": "one more"})).status_code == 409
        assert (await client.delete(f"{FEEDS}/{'x' * 65}")).status_code == 422
    async with town.as_("bo") as client:
        assert (await client.post(FEEDS, json={"name": "phone"})).status_code == 201
