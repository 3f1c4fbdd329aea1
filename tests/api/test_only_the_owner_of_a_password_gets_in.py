"""Sign-in, sessions, one-time links and API tokens: they work for the right person, for their time, and once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api import accounts
from api.errors import ConflictError, NotFoundError
from api.identity import throttle
from store.tables import account, login_attempt, session
from tests.api.conftest import Town
from tests.api.town import PASSWORD

NEW = "a boat full of cinnamon"


async def test_a_session_ends_at_its_hour(town: Town) -> None:
    browser = await town.signed_in("anna")
    town.clock.advance(hours=11.9)
    assert (await browser.get("/api/v1/me")).status_code == 200
    town.clock.advance(hours=0.2)
    answer = await browser.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(town: Town) -> None:
    answer = await town.browser().post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    name, _, attributes = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-hemvakt"
    for attribute in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert attribute in attributes
    assert "domain" not in attributes.lower()


async def test_no_secret_is_stored_as_it_is(town: Town) -> None:
    browser = await town.signed_in("anna")
    secret = browser.headers["Cookie"].partition("=")[2]
    hashes = town.database.read_now(lambda c: c.scalars(select(session.c.token_hash)).all())
    assert secret not in hashes
    assert town.tokens["anna"] not in hashes


async def test_signing_out_ends_the_session_for_whoever_stole_it(town: Town) -> None:
    browser = await town.signed_in("anna")
    assert (await browser.delete("/api/v1/session")).status_code == 204
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(town: Town) -> None:
    answers = [
        await town.browser().post("/api/v1/session", json={"login": login, "password": "wrong wrong wrong"})
        for login in ("anna", "nobody-at-all")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


async def test_an_account_without_a_password_cannot_be_entered(any_town: Town) -> None:
    now = any_town.clock.now()
    any_town.database.write_now(
        lambda c: accounts.create_account(c, login="new", name="New", role="technician", now=now)
    )
    for password in ("a password that nobody has", "", " "):
        answer = await any_town.browser().post("/api/v1/session", json={"login": "new", "password": password})
        assert answer.status_code in {401, 422}


async def test_a_deactivated_account_is_out_at_once(any_town: Town) -> None:
    browser, program = await any_town.signed_in("anna"), any_town.as_("anna")
    any_town.database.write_now(
        lambda c: c.execute(account.update().where(account.c.login == "anna").values(active=False))
    )
    assert (await browser.get("/api/v1/me")).status_code == 401
    assert (await program.get("/api/v1/me")).status_code == 401


async def test_a_one_time_link_works_once_and_ends_old_sessions(any_town: Town) -> None:
    old = await any_town.signed_in("anna")
    now = any_town.clock.now()
    link = any_town.database.write_now(lambda c: accounts.one_time_link(c, "anna", now))
    answer = await any_town.browser().post("/api/v1/password", json={"link": link, "password": NEW})
    assert answer.json() == {"login": "anna"}
    assert (await old.get("/api/v1/me")).status_code == 401
    again = await any_town.browser().post("/api/v1/password", json={"link": link, "password": NEW + "!"})
    assert again.status_code == 410
    assert again.json()["type"] == "urn:hemvakt:problem:link-spent"
    entered = await any_town.browser().post("/api/v1/session", json={"login": "anna", "password": NEW})
    assert entered.status_code == 204


async def test_a_one_time_link_expires(town: Town) -> None:
    link = town.database.write_now(lambda c: accounts.one_time_link(c, "anna", town.clock.now(), hours=2))
    town.clock.advance(hours=2)
    answer = await town.browser().post("/api/v1/password", json={"link": link, "password": NEW})
    assert answer.status_code == 410


async def test_a_new_link_replaces_the_old_one(town: Town) -> None:
    links = [town.database.write_now(lambda c: accounts.one_time_link(c, "anna", town.clock.now())) for _ in range(2)]
    answers = [await town.browser().post("/api/v1/password", json={"link": link, "password": NEW}) for link in links]
    assert [answer.status_code for answer in answers] == [410, 200]


@pytest.mark.parametrize("password", ["qwv7", "aaaaaaaaaaaaaaaaaaaa", "anna is the best of all", "x" * 300])
async def test_a_weak_password_is_refused_and_the_link_stays_good(town: Town, password: str) -> None:
    link = town.database.write_now(lambda c: accounts.one_time_link(c, "anna", town.clock.now()))
    answer = await town.browser().post("/api/v1/password", json={"link": link, "password": password})
    assert answer.status_code == 422
    assert password not in answer.text
    good = await town.browser().post("/api/v1/password", json={"link": link, "password": NEW})
    assert good.status_code == 200


async def test_guessing_is_slowed_down_by_name_and_machine(town: Town) -> None:
    guess = {"login": "anna", "password": "wrong wrong wrong"}
    for _ in range(throttle.PER_LOGIN_AND_SOURCE):
        assert (await town.browser().post("/api/v1/session", json=guess)).status_code == 401
    answer = await town.browser().post("/api/v1/session", json=guess | {"password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    town.clock.advance(minutes=15)
    assert (await town.browser().post("/api/v1/session", json=guess | {"password": PASSWORD})).status_code == 204


async def test_a_stranger_who_guesses_does_not_lock_out_the_person_on_duty(town: Town) -> None:
    now = town.clock.now()
    rows = [{"login": "anna", "source": f"10.0.0.{n}", "at": now} for n in range(60)]
    town.database.write_now(lambda c: c.execute(login_attempt.insert(), rows))
    answer = await town.browser().post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    assert answer.status_code == 204


async def test_guesses_for_names_that_do_not_exist_count_too(town: Town) -> None:
    rows = []
    for number in range(throttle.PER_SOURCE):
        row = {"login": f"user-{number}", "source": "127.0.0.1", "at": town.clock.now()}
        rows.append(row)
    town.database.write_now(lambda c: c.execute(login_attempt.insert(), rows))
    answer = await town.browser().post("/api/v1/session", json={"login": "ghost", "password": "whatever it is"})
    assert answer.status_code == 429


async def test_success_forgets_the_failures_before_it(town: Town) -> None:
    for _ in range(throttle.PER_LOGIN_AND_SOURCE - 1):
        await town.browser().post("/api/v1/session", json={"login": "anna", "password": "wrong wrong wrong"})
    await town.signed_in("anna")
    count = town.database.read_now(lambda c: c.scalar(select(func.count()).select_from(login_attempt)))
    assert count == 0


async def test_a_token_works_until_it_expires_or_is_revoked(any_town: Town) -> None:
    now = any_town.clock.now()
    short = any_town.database.write_now(lambda c: accounts.create_token(c, "tor", "meter", now, days=1))
    any_town.tokens["short"] = short
    assert (await any_town.as_("short").get("/api/v1/me")).json()["login"] == "tor"
    any_town.clock.advance(days=1)
    assert (await any_town.as_("short").get("/api/v1/me")).status_code == 401
    assert any_town.database.write_now(lambda c: accounts.revoke_tokens(c, "tor", "test", any_town.clock.now())) == 1
    assert (await any_town.as_("tor").get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "bearer\tx", "Bearer " + "x" * 5000, "Bearer \udcff", "Digest x"]
)
async def test_a_malformed_authorization_is_just_not_signed_in(town: Town, header: str) -> None:
    raw = header.encode("utf-8", "surrogateescape")
    answer = await town.browser().get("/api/v1/me", headers=[(b"authorization", raw)])
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_bad_token_does_not_fall_back_to_the_cookie(town: Town) -> None:
    browser = await town.signed_in("anna")
    assert (await browser.get("/api/v1/me", headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_the_first_start_gives_a_link_until_there_is_an_administrator(any_town: Town) -> None:
    database, now = any_town.database, any_town.clock.now()
    assert database.write_now(lambda c: accounts.first_start_link(c, now)) is None
    database.write_now(
        lambda c: c.execute(account.update().where(account.c.login == "root").values(password_hash=None))
    )
    first = database.write_now(lambda c: accounts.first_start_link(c, now))
    second = database.write_now(lambda c: accounts.first_start_link(c, now + timedelta(minutes=1)))
    assert first
    assert second
    spent = await any_town.browser().post("/api/v1/password", json={"link": first, "password": NEW})
    assert spent.status_code == 410
    used = await any_town.browser().post("/api/v1/password", json={"link": second, "password": NEW})
    assert used.json() == {"login": accounts.FIRST_LOGIN}
    assert database.write_now(lambda c: accounts.first_start_link(c, now)) is None


def test_a_link_carries_its_secret_behind_the_fragment() -> None:
    assert accounts.link_url("https://hemvakt.example.org/", "secret") == "https://hemvakt.example.org/welcome#secret"


def test_accounts_are_made_for_people_that_exist(town: Town) -> None:
    now = town.clock.now()
    with pytest.raises(ConflictError):
        town.database.write_now(lambda c: accounts.create_account(c, login="anna", name="A", role="admin", now=now))
    with pytest.raises(NotFoundError):
        town.database.write_now(
            lambda c: accounts.create_account(c, login="x", name="X", role="responder", now=now, responder_id="ghost")
        )
    with pytest.raises(NotFoundError):
        town.database.write_now(lambda c: accounts.one_time_link(c, "ghost", now))
