"""Foreign origins and hosts, malformed and enormous requests: refused with a problem document, and nothing changed."""

import json
from typing import Any

import pytest

from api.settings import ApiSettings
from store.database import Database
from tests.api.conftest import Builder, Town
from tests.api.town import ORIGIN, PASSWORD, Caller, press

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "none", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "http://[::1"},
        {"Sec-Fetch-Site": "", "Origin": ""},
    ],
)
async def test_another_site_cannot_act_with_a_persons_session(town: Town, headers: dict[str, str]) -> None:
    alarm = press(town.database, town.clock.now())
    browser = await town.signed_in("anna")
    for name, value in headers.items():
        if value:
            browser.headers[name] = value
        else:
            del browser.headers[name]
    for path in (f"/api/v1/alarms/{alarm}/accept", "/sign-out", "/api/v1/session", "/sign-in"):
        answer = await browser.post(path, json={})
        assert answer.status_code == 403, path
        assert answer.json()["type"] == "urn:hemvakt:problem:foreign-origin"
    assert (await browser.get("/api/v1/me")).status_code == 200


async def test_an_older_browser_that_sends_only_its_origin_may_act(town: Town) -> None:
    browser = await town.signed_in("anna")
    del browser.headers["Sec-Fetch-Site"]
    assert (await browser.patch("/api/v1/me", json={"language": "en"})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a" * 5000, "hemvakt@evil"])
async def test_a_foreign_host_name_is_not_answered(town: Town, host: str) -> None:
    answer = await town.as_("anna").get("/api/v1/me", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == PROBLEM


async def test_the_public_name_is_answered_and_told_to_use_tls(sqlite: Database, build_town: Builder) -> None:
    town = build_town(
        sqlite, ApiSettings(base_url="https://hemvakt.example.org", public_hosts=frozenset({"hv.example"}))
    )
    for host in ("hemvakt.example.org", "hv.example:8443", "127.0.0.1:8080"):
        answer = await town.as_("anna").get("/api/v1/me", headers={"Host": host})
        assert answer.status_code == 200, host
        assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_every_answer_is_guarded(town: Town) -> None:
    async with town.as_("anna") as client:
        for path in ("/", "/api/v1/me", "/sign-in", "/nothing", "/static/console.js", "/livez", "/api/v1/alarms/x"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-frame-options"] == "DENY"
            assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"x"',
        b"1e999",
        b'{"outcome": NaN}',
        b'{"outcome": ["helped"]}',
        b'{"outcome": "helped", "extra": 1}',
        b'{"outcome": "helped", "note": "\\u0000"}',
        b'{"outcome": "\\ud800"}',
        b'{"outcome": "helped", "version": 1e400}',
        b'{"outcome": "helped", "version": 9223372036854775808}',
        b'{"outcome": "helped", "note": "' + b"x" * 3000 + b'"}',
        b'{"a":' * 500 + b"1" + b"}" * 500,
    ],
)
async def test_a_malformed_body_is_a_problem_and_changes_nothing(town: Town, body: bytes) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        await client.post(f"/api/v1/alarms/{alarm}/accept", json={})
        answer = await client.post(
            f"/api/v1/alarms/{alarm}/close", content=body, headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == PROBLEM
        assert (await client.get(f"/api/v1/alarms/{alarm}")).json()["handling"] == "accepted"


@pytest.mark.parametrize("declared", [True, False])
async def test_an_enormous_body_is_cut_off(town: Town, declared: bool) -> None:
    async def stream() -> Any:
        for _ in range(100):
            yield b"x" * 10_000

    async with town.as_("anna") as client:
        content: Any = b"x" * 1_000_000 if declared else stream()
        answer = await client.post(
            "/api/v1/alarms/1/close", content=content, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "AA", "%00", "á", "A" * 199, "A" * 201, "ZGVhZA", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk"]
)
@pytest.mark.parametrize(
    "path",
    ["/api/v1/alarms", "/api/v1/observations?resident=greta", "/api/v1/residents/greta/findings", "/api/v1/residents"],
)
async def test_a_cursor_of_ones_own_making_is_refused_or_finds_nothing(town: Town, path: str, cursor: str) -> None:
    async with town.as_("anna") as client:
        answer = await client.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
    assert answer.status_code in {200, 422}, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "resident=greta&home=home-1",
        "",
        "resident=greta&limit=0",
        "resident=greta&limit=100000",
        "resident=greta&kind=soul",
        "resident=greta&since=yesterday",
        "resident=greta&since=0001-01-01T00:00:00%2B14:00",
        "resident=greta&since=9999-12-31T23:59:59-14:00",
        "resident=greta&since=2026-01-13T01:30:00",
        "resident=..%2F..%2Fetc",
        "resident=%F0%9F%92%A3",
    ],
)
async def test_observations_are_asked_for_properly(town: Town, query: str) -> None:
    async with town.as_("anna") as client:
        assert (await client.get(f"/api/v1/observations?{query}")).status_code == 422


async def test_a_search_is_taken_literally(any_town: Town) -> None:
    async with any_town.as_("anna") as client:
        for q, found in (
            ("%", 0),
            ("_reta", 0),
            ("GRETA", 1),
            ("granvägen", 1),
            ("'; drop table alarm; --", 0),
            ("\\", 0),
        ):
            answer = await client.get("/api/v1/residents", params={"q": q})
            assert len(answer.json()["items"]) == found, q


async def test_what_was_sent_is_not_quoted_back(town: Town) -> None:
    secret = "correct horse battery staple"
    answers = [
        await town.browser().post("/api/v1/session", json={"login": "anna", "password": secret, "more": secret}),
        await town.browser().post("/api/v1/session", json={"login": ["anna"], "password": {"x": secret}}),
        await town.browser().post("/api/v1/password", json={"link": secret, "password": secret}),
    ]
    for answer in answers:
        assert secret not in answer.text
        json.loads(answer.text)


async def test_names_are_shown_as_text_not_as_markup(town: Town) -> None:
    from store.tables import home, resident

    evil = "<script>alert(1)</script>\"'&"
    town.database.write_now(lambda c: c.execute(resident.update().values(name=evil, note=evil)))
    town.database.write_now(lambda c: c.execute(home.update().values(address=evil, directions=evil, phone=evil)))
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        for path in ("/", f"/alarms/{alarm}", "/fragments/alarms"):
            text = (await client.get(path)).text
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert" in text


async def test_a_program_is_answered_with_problems_and_a_person_with_pages(town: Town) -> None:
    person = {"Accept": "text/html,*/*"}
    answer = await town.browser().get("/", headers=person)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "Det gick inte" in (await town.browser().get("/nothing", headers=person)).text
    assert (await town.browser().get("/fragments/alarms", headers=person)).status_code == 401
    assert (await town.as_("tor").get("/alarms/1", headers=person)).status_code == 403
    assert (await town.browser().get("/nothing")).headers["content-type"] == PROBLEM
    assert (await town.browser().delete("/sign-in")).headers["content-type"] == PROBLEM


async def test_the_sign_in_page_works_without_scripts(town: Town) -> None:
    form = {"login": "anna", "password": PASSWORD}
    answer = await town.browser().post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    wrong = await town.browser().post("/sign-in", data=form | {"password": "wrong"})
    assert wrong.status_code == 401
    assert "stämmer inte" in wrong.text
    for odd in ({}, {"login": "\0"}, {"login": "x" * 64, "password": "y" * 1000}):
        assert (await town.browser().post("/sign-in", data=odd)).status_code == 401
    for odd in ({"login": "x" * 65}, {"login": "anna", "password": "y" * 1001}):
        assert (await town.browser().post("/sign-in", data=odd)).status_code == 422


async def test_an_unforeseen_failure_says_nothing_of_its_inside(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.reads import residents

    def fail(*_args: object, **_values: object) -> None:
        raise RuntimeError("Greta Holm, 182/95")

    monkeypatch.setattr(residents, "one", fail)
    client: Caller = town.as_("anna")
    answer = await client.get("/api/v1/residents/greta")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert "Greta" not in answer.text


@pytest.mark.parametrize("given", ["Basic YW5uYTphYWFhYQ==", "", " ", "Digest x", "Bearer"])
async def test_only_a_token_proves_intent_and_not_what_a_browser_adds_by_itself(town: Town, given: str) -> None:
    """A browser that was once asked for a calendar's password sends it with what other sites make it send, too."""
    alarm = press(town.database, town.clock.now())
    browser = await town.signed_in("anna")
    browser.headers.update({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "Authorization": given})
    for path in (f"/api/v1/alarms/{alarm}/accept", "/sign-out", "/sign-in", "/api/v1/session"):
        answer = await browser.post(path, json={"login": "bo", "password": PASSWORD})
        assert answer.status_code == 403, path
        assert "set-cookie" not in answer.headers
