"""The picture of a finding: what was measured beside what is usual or allowed, in words too, and safe to show."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update

from api.pictures.bands import bands
from api.pictures.svg import wrapped
from devices.observation import Acceleration, Kind, Observation
from store.tables import alarm, finding, observation
from tests.api import happenings as ours
from tests.api.conftest import Town
from tests.api.town import care, press

#: A Tuesday afternoon: late enough for a quiet since the morning.
AFTERNOON = datetime(2026, 1, 13, 20, 0, tzinfo=UTC)
SPACE = "{http://www.w3.org/2000/svg}"
Make = Callable[[datetime], list[Observation]]

STORIES: dict[str, Make] = {
    "fall": ours.a_fall,
    "inactivity": ours.a_quiet_day,
    "night_door": lambda now: ours.a_door_at_night(now.replace(hour=23, minute=30)),
    "limits": lambda now: ours.measured(now, Kind.SPO2, [96, 95, 97, 96, 91]),
    "news2": ours.a_score,
    "home_pressure": ours.a_week_of_pressure,
}


def happen(town: Town, rule: str, make: Make | None = None) -> int:
    town.clock.set(AFTERNOON)
    since = AFTERNOON - timedelta(days=40)
    ours.switch_on(town.database, since, news2={"enabled": True}, night_door={"enabled": True})
    now = AFTERNOON + timedelta(hours=4)
    return ours.happen(town.database, (make or STORIES[rule])(AFTERNOON), now, rule)


async def picture(town: Town, number: int, login: str = "anna", query: str = "") -> tuple[ET.Element, str]:
    async with town.as_(login) as client:
        answer = await client.get(f"/api/v1/alarms/{number}/picture.svg{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/svg+xml")
    return ET.fromstring(answer.text), answer.text


def part(svg: ET.Element, name: str) -> str:
    found = svg.find(f"{SPACE}{name}")
    assert found is not None
    return found.text or ""


def texts(svg: ET.Element) -> list[str]:
    return [one.text or "" for one in svg.iter(f"{SPACE}text")]


@pytest.mark.parametrize("rule", STORIES)
async def test_each_finding_has_a_picture_with_words(town: Town, rule: str) -> None:
    number = happen(town, rule)
    swedish, dark = await picture(town, number)
    light, _ = await picture(town, number, query="?theme=light")
    assert swedish.get("role") == "img"
    assert swedish.get("aria-labelledby") == "t d"
    assert part(swedish, "title").startswith(f"Larm {number}: ")
    assert len(part(swedish, "desc")) > 40
    assert texts(swedish) == texts(light)
    assert "#17191c" in dark
    assert "style" not in dark
    async with town.as_("anna") as client:
        await client.patch("/api/v1/me", json={"language": "en"})
    english, _ = await picture(town, number)
    assert part(english, "title").startswith(f"Alarm {number}: ")
    assert part(english, "desc") != part(swedish, "desc")


async def test_a_fall_shows_the_impact_and_the_stillness(town: Town) -> None:
    svg, _ = await picture(town, happen(town, "fall"))
    said = part(svg, "desc")
    peak = float(re.findall(r"högst ([\d.]+) g", said)[0])
    still = float(re.findall(r"stilla i ([\d.]+) s", said)[0])
    assert peak > 2
    assert still > 1
    assert f"stöt {peak:.1f} g" in texts(svg)
    line = svg.findall(f"{SPACE}polyline")
    highest = min(float(point.split(",")[1]) for one in line for point in str(one.get("points")).split())
    (impact,) = [one for one in svg.iter(f"{SPACE}line") if one.get("stroke-width") == "2"]
    # The highest sample lies on the line of the impact.
    xs = [float(p.split(",")[0]) for one in line for p in str(one.get("points")).split() if p.endswith(f",{highest}")]
    assert float(str(impact.get("x1"))) == pytest.approx(xs[0], abs=8)
    shaded = [one for one in svg.iter(f"{SPACE}rect") if one.get("fill-opacity")]
    assert shaded
    assert all(float(str(one.get("x"))) >= float(str(impact.get("x1"))) for one in shaded)


async def test_a_quiet_day_stands_beside_the_usual(town: Town) -> None:
    svg, _ = await picture(town, happen(town, "inactivity"))
    said = part(svg, "desc")
    count, usual = (int(number) for number in re.findall(r": (\d+) livstecken, där (\d+) är", said)[0])
    # Seen every 20 minutes until 8 UTC; on the days before until 21: three in an hour.
    assert 0 < count < usual
    assert "13/1 08:40" in said
    assert any(text.startswith("tyst i ") for text in texts(svg))
    assert any(text.startswith("vanligt (14 dygn)") for text in texts(svg))


async def test_a_home_that_is_new_has_no_usual_day(town: Town) -> None:
    make: Make = lambda now: ours.a_quiet_day(now, days=2)  # noqa: E731
    number = happen(town, "inactivity", make)
    svg, _ = await picture(town, number)
    assert "Vad som är vanligt här är inte känt än." in texts(svg)


async def test_a_value_stands_at_its_limits_beside_earlier_ones(town: Town) -> None:
    svg, _ = await picture(town, happen(town, "limits"))
    said = part(svg, "desc")
    assert "Syremättnad: 91 %" in said
    assert "4 tidigare värden" in said
    assert said.endswith("Gränser: lägst 94.")
    dots = [(float(str(one.get("cy"))), str(one.get("r"))) for one in svg.iter(f"{SPACE}circle")]
    assert [radius for _, radius in dots] == ["3.5"] * 4 + ["7"]
    (limit,) = [float(str(one.get("y1"))) for one in svg.iter(f"{SPACE}line") if one.get("stroke-dasharray") == "8 5"]
    assert all(y < limit for y, _ in dots[:4])
    assert dots[-1][0] > limit


async def test_an_impossible_value_is_crossed_out_and_other_units_are_converted(town: Town) -> None:
    def make(now: datetime) -> list[Observation]:
        fever = ours.said(2, now, Kind.TEMPERATURE, 102.2)
        return [
            ours.said(1, now - timedelta(days=1), Kind.TEMPERATURE, 36.6),
            Observation(
                **{name: getattr(fever, name) for name in fever.__struct_fields__ if name != "unit"}, unit="[degF]"
            ),
        ]

    svg, _ = await picture(town, happen(town, "limits", make))
    assert "39" in texts(svg)
    assert "Temperatur (°C)" in texts(svg)


async def test_a_score_shows_the_points_of_each_value(town: Town) -> None:
    svg, _ = await picture(town, happen(town, "news2"))
    assert sum("poäng" in text for text in texts(svg)) > 5
    names = [text for text in texts(svg) if text.endswith(")") and "(" in text]
    assert len(names) == 5
    assert bands(Kind.SPO2, scale_2=False, on_oxygen=False) == ((60.0, 3), (92.0, 2), (94.0, 1), (96.0, 0))
    assert bands(Kind.TEMPERATURE, scale_2=False, on_oxygen=False)[:2] == ((30.0, 3), (35.1, 1))


@pytest.mark.parametrize("rule", ["fall", "inactivity", "limits"])
async def test_what_is_no_longer_stored_is_said_in_a_sentence(town: Town, rule: str) -> None:
    number = happen(town, rule)
    town.database.write_now(lambda connection: connection.execute(delete(observation)))
    svg, _ = await picture(town, number)
    assert "finns inte längre sparat" in part(svg, "desc")
    assert "finns inte längre" in " ".join(texts(svg))


async def test_what_happens_in_one_moment_has_none_and_says_so(town: Town) -> None:
    number = press(town.database, town.clock.now())
    svg, _ = await picture(town, number)
    assert part(svg, "desc").startswith("Det finns ingen bild")
    async with town.as_("anna") as client:
        assert "picture.svg" not in (await client.get(f"/alarms/{number}")).text


async def test_the_console_shows_it_with_its_words(town: Town) -> None:
    number = care(town.database, town.clock.now())
    async with town.as_("anna") as client:
        page = (await client.get(f"/alarms/{number}")).text
    (shown,) = re.findall(r"<img src=\"(/api/v1/alarms/\d+/picture.svg[^\"]*)\" alt=\"([^\"]+)\"", page)
    assert shown[1].startswith("Bild av det som upptäcktes: Systoliskt blodtryck 182")


async def test_nobody_sees_it_who_may_not(town: Town) -> None:
    number = care(town.database, town.clock.now())
    for login, status in (("stina", 404), ("tor", 403), ("root", 403), ("karin", 200)):
        async with town.as_(login) as client:
            assert (await client.get(f"/api/v1/alarms/{number}/picture.svg")).status_code == status, login
            assert (await client.get(f"/api/v1/alarms/{number}/picture.svg?occurrence=99")).status_code in {403, 404}


EVIL = "</text></svg><script>alert(1)</script>&\x08\"' onload=x"


async def test_hostile_words_end_no_element(any_town: Town) -> None:
    make: Make = lambda now: ours.a_quiet_day(now, room=EVIL[:40].replace("\x08", ""))  # noqa: E731
    number = happen(any_town, "inactivity", make)
    facts = {
        "quiet_h": 9.0,
        "limit_h": 1e308,
        "room": EVIL,
        "days_known": "<b>",
        "night_from": "25:99",
        "night_to": EVIL,
    }
    any_town.database.write_now(lambda c: c.execute(update(finding).values(facts=facts)))
    svg, raw = await picture(any_town, number)
    assert svg.find(f".//{SPACE}script") is None
    assert "<script" not in raw
    assert "onload=x" in part(svg, "title")


def change(town: Town, statement: Any) -> None:
    town.database.write_now(lambda connection: connection.execute(statement))


@pytest.mark.parametrize("rule", ["fall", "inactivity", "limits"])
async def test_facts_of_any_kind_are_drawn_or_left_out(town: Town, rule: str) -> None:
    number = happen(town, rule)
    names = ("quiet_h", "impact_g", "still_s", "limit", "spo2", "night_from", "night_to")
    values: tuple[Any, ...] = (None, "x", -5.0, 1e308, 1e18, True, [1], {})
    for value in values:
        change(town, update(finding).values(facts=dict.fromkeys(names, value)))
        await picture(town, number)


async def test_windows_of_any_kind_are_drawn_or_left_out(town: Town) -> None:
    number = happen(town, "fall")
    for payload in (b"", b"\x01", b"\xff\x7f" * 9, b"\x00\x80" * 30_000):
        for scale in (0.004, 1e300, float("nan")):
            window = Acceleration(samples=payload, rate_hz=50.0, range_g=8.0, scale_g=scale, position="pendant")
            change(town, update(observation).values(acceleration=msgspec.msgpack.encode(window)))
            await picture(town, number)


async def test_values_of_any_kind_are_drawn_or_left_out(any_town: Town) -> None:
    number = happen(any_town, "limits")
    for value in (float("inf"), float("-inf"), 1e308, -1e308, 0.0, None):
        change(any_town, update(observation).where(observation.c.id > 2).values(value=value))
        await picture(any_town, number)


async def test_an_alarm_without_a_known_home_is_drawn_too(town: Town) -> None:
    number = happen(town, "inactivity")
    town.database.write_now(lambda c: c.execute(update(alarm).values(home_id=None, resident_id=None)))
    svg, _ = await picture(town, number)
    assert "finns inte längre sparat" in part(svg, "desc")


def test_long_words_are_cut_into_lines() -> None:
    assert wrapped("a bb " + "c" * 7, 4) == ["a bb", "cccc", "ccc"]
    assert wrapped("", 4) == [""]
