"""The page of duty: who is on, what was changed, what is missing; forms only for those who may change it."""

import pytest

from tests.api.conftest import Town

NIGHT = {"from": "2026-01-14T21:00", "to": "2026-01-15T07:00"}


async def test_it_shows_duty_changes_notes_and_what_is_missing(any_town: Town) -> None:
    async with any_town.as_("karin") as client:
        swap = {"team_id": "north", "out_id": "anna", "in_id": "bo", "note": "<b>Byte</b>", **NIGHT}
        assert (await client.post("/api/v1/on-call/overrides", json=swap)).status_code == 201
        assert (await client.post("/api/v1/on-call/absences", json={"responder_id": "bo", **NIGHT})).status_code == 201
        note = {"team_id": "north", "text": "Larm 17: kärv nyckel."}
        assert (await client.post("/api/v1/on-call/notes", json=note)).status_code == 204
        text = (await client.get("/on-call")).text
    for part in ("Bo Ask i stället för Anna Ek", "&lt;b&gt;Byte", "Larm 17: kärv nyckel.", "Ingen har jour."):
        assert part in text, part
    assert "<b>Byte" not in text
    assert 'data-entry="/api/v1/on-call/swaps"' in text


@pytest.mark.parametrize(
    ("login", "notes", "changes"), [("bo", True, False), ("tor", False, False), ("root", False, False)]
)
async def test_forms_are_for_those_who_may(town: Town, login: str, notes: bool, changes: bool) -> None:
    async with town.as_(login) as client:
        text = (await client.get("/on-call")).text
    assert ("on-call/notes" in text) == notes
    assert ("on-call/overrides" in text) == changes
    assert ("Stina" in text) == (login != "bo"), "a responder sees the own team"
