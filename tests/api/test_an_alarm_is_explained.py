"""Explain: who was told when, on what, with what result, and what comes next, in both languages and within rights."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, update
from typer.testing import CliRunner

from alarms.channel import Receipt, Result
from alarms.delivery import outbox
from alarms.escalation.timers import run_due
from alarms.settings import DeskSettings
from gateway.cli import app as commands
from store.database import Database
from store.tables import contact, page, policy
from tests.api.conftest import Town
from tests.api.town import care, press

SECRET = "Fru Holm blöder ur näsan"


async def explained(town: Town, who: str, alarm: int) -> dict[str, Any]:
    async with town.as_(who) as client:
        answer = await client.get(f"/api/v1/alarms/{alarm}/explanation")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def lines(found: dict[str, Any]) -> list[str]:
    return [line for said in found["happened"] for line in (said["text"], *said["pages"])]


async def test_the_course_is_told_from_the_press_to_the_outcome(any_town: Town) -> None:
    """The clock stands at 01:30 UTC, 02:30 in Stockholm."""
    database, clock = any_town.database, any_town.clock
    alarm = press(database, clock.now())
    clock.advance(seconds=60)
    database.write_now(lambda connection: run_due(connection, clock.now()))
    first = await explained(any_town, "bo", alarm)
    assert lines(first) == [
        "Larmet öppnades: Fara för liv.",
        "Anna Ek på nattvyn: har fått veta 02:30:00",
        "Ingen hade tagit det: steg 2.",
        "Anna Ek på nattvyn: har fått veta 02:31:00",
    ]
    assert [said["text"] for said in first["next"]] == [
        "02:32:00: steg 3 når hela laget",
        "02:35:00: en arbetsledare får veta att det dröjer",
    ]
    async with any_town.as_("anna") as anna, any_town.as_("bo") as bo:
        await anna.post(f"/api/v1/alarms/{alarm}/accept", json={})
        await bo.post(f"/api/v1/alarms/{alarm}/accept", json={})
        clock.advance(seconds=20)
        await anna.post(f"/api/v1/alarms/{alarm}/note", json={"text": SECRET})
        await anna.post(f"/api/v1/alarms/{alarm}/close", json={"outcome": "helped"})
        await bo.patch("/api/v1/me", json={"language": "en"})
    last = await explained(any_town, "bo", alarm)
    assert lines(last)[4:] == [
        "Anna Ek accepted it.",
        "Bo Ask wanted to accept it too.",
        f"Anna Ek wrote a note. “{SECRET}”",
        "Anna Ek closed it: Help was given.",
    ]
    assert last["next"] == []


async def test_who_may_not_see_health_data_sees_that_an_alarm_is_answered_and_not_what_was_measured(town: Town) -> None:
    care(town.database, town.clock.now())
    town.clock.advance(seconds=60)
    alarm = care(town.database, town.clock.now(), "greta")
    town.clock.advance(seconds=60)
    press(town.database, town.clock.now(), 2)
    paths = (
        "/api/v1/alarms",
        f"/api/v1/alarms/{alarm}",
        f"/api/v1/alarms/{alarm}/explanation",
        "/",
        f"/alarms/{alarm}",
    )
    async with town.as_("root") as root, town.as_("anna") as anna:
        for path in (*paths, "/fragments/alarms", "/fragments/alarms/3"):
            answer = await root.get(path)
            assert answer.status_code == 200
            assert "182" not in answer.text, path
        assert "182" in (await anna.get("/api/v1/alarms")).text
        assert "182" in (await anna.get("/fragments/alarms/3")).text


async def test_what_people_wrote_is_for_those_who_may_see_health_data(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as anna:
        await anna.post(f"/api/v1/alarms/{alarm}/note", json={"text": SECRET})
    assert SECRET in str(await explained(town, "karin", alarm))
    hidden = await explained(town, "root", alarm)
    assert SECRET not in str(hidden)
    assert "Anna Ek skrev en anteckning." in lines(hidden)
    async with town.as_("root") as root:
        for path in ("/api/v1/alarms/{}", "/alarms/{}", "/fragments/alarms/{}"):
            answer = await root.get(path.format(alarm))
            assert answer.status_code == 200
            assert SECRET not in answer.text, path
            assert "Hör dåligt" not in answer.text, path
    async with town.as_("anna") as anna:
        page = (await anna.get(f"/fragments/alarms/{alarm}")).text
        assert SECRET in page
        assert "Hör dåligt" in page
        assert SECRET in (await anna.get(f"/api/v1/alarms/{alarm}")).text
    async with town.as_("stina") as stranger, town.as_("tor") as technician:
        assert (await stranger.get(f"/api/v1/alarms/{alarm}/explanation")).status_code == 404
        assert (await technician.get(f"/api/v1/alarms/{alarm}/explanation")).status_code == 403


def failing_attempts(database: Database, town: Town) -> int:
    """Let the first page by e-mail be refused once and then sent; return the number of the alarm."""
    mail = {"responder_id": "anna", "channel": "email", "address": "anna@example.org", "position": 1, "active": True}
    database.write_now(lambda c: c.execute(insert(contact).values(mail)))
    alarm = press(database, town.clock.now())
    row = {"alarm_id": alarm, "responder_id": "anna", "channel": "email", "address": "a", "reason": "step", "step": 0}
    more = {"created_at": town.clock.now(), "due_at": town.clock.now(), "state": "pending", "attempts": 0}
    database.write_now(lambda c: c.execute(insert(page).values(**row, **more, idempotency_key="k")))

    def attempt(connection: Connection, receipt: Receipt) -> None:
        now = town.clock.now()
        for claimed in outbox.claim(connection, "email", "x", now, lease_s=20, limit=9, base_url="http://127.0.0.1"):
            outbox.finish(connection, claimed, "x", receipt, now)

    for receipt in (Receipt(Result.REFUSED, "SMTP 451"), Receipt(Result.ACCEPTED, "accepted by the mail server")):
        database.write_now(lambda c, receipt=receipt: attempt(c, receipt))  # type: ignore[misc]
        town.clock.advance(seconds=40)
    return alarm


async def test_each_attempt_says_how_it_went(town: Town) -> None:
    alarm = failing_attempts(town.database, town)
    (mail,) = [line for line in lines(await explained(town, "anna", alarm)) if "e-post" in line]
    assert mail == (
        "Anna Ek på e-post: skickat 02:30:40; "
        "försök 1 02:30:00: nekat av leverantören (tas inte emot just nu, SMTP 451); "
        "försök 2 02:30:40: skickat"
    )
    assert "anna@example.org" not in str(await explained(town, "anna", alarm))


async def test_what_comes_next_names_whom_the_policy_means(town: Town) -> None:
    targets = ["on_duty:nurse@south", "team:south", "responder:karin", "fallback"]
    content = {"steps": [{"after_s": 0, "targets": ["on_duty"]}, {"after_s": 60, "targets": targets}]}
    row = {"id": "natt", "name": "Natt", "alarm_class": "care", "position": 0, "content": content, "active": True}
    town.database.write_now(lambda c: c.execute(insert(policy).values(row)))
    found = await explained(town, "anna", care(town.database, town.clock.now()))
    assert found["happened"][0]["text"] == "Larmet öppnades: Omsorg enligt policyn natt."
    (coming,) = [said["text"] for said in found["next"]]
    assert coming == "02:31:00: steg 2 når sjuksköterska i tjänst (south), hela laget south, Karin Al, reservlaget"


async def test_a_step_that_reached_nobody_says_so(town: Town) -> None:
    town.database.write_now(lambda c: c.execute(update(contact).values(active=False)))
    alarm = press(town.database, town.clock.now())
    (opened,) = (await explained(town, "anna", alarm))["happened"]
    assert opened["text"] == "Larmet öppnades: Fara för liv. Ingen kunde nås."
    assert opened["pages"] == []


async def test_the_console_shows_the_same_course(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    browser = await town.signed_in("anna")
    shown = (await browser.get(f"/alarms/{alarm}")).text
    await browser.aclose()
    assert "Hela förloppet" in shown
    assert "Larmet öppnades: Fara för liv." in shown
    assert "02:31:00: steg 2 når de i tjänst" in shown


def test_the_command_tells_it_without_names_of_residents_and_without_what_was_written(any_town: Town) -> None:
    database = any_town.database
    alarm = press(database, any_town.clock.now())
    database.write_now(lambda c: run_due(c, any_town.clock.now() + timedelta(hours=1), 500, DeskSettings()))
    where = ["--database", database.url.render_as_string(hide_password=False)]
    swedish = CliRunner().invoke(commands, ["explain", str(alarm), "--language", "sv", *where])
    assert swedish.exit_code == 0, swedish.output
    assert "Larmet öppnades: Fara för liv." in swedish.output
    assert "Anna Ek på nattvyn: har fått veta" in swedish.output
    english = CliRunner().invoke(commands, ["explain", str(alarm), *where]).output
    assert "The alarm opened: Danger to life." in english
    for secret in ("Greta", "Holm", "Granvägen", "4711"):
        assert secret not in swedish.output + english
    unknown = CliRunner().invoke(commands, ["explain", "999", *where])
    assert unknown.exit_code == 1
