"""Apprise sends beside other channels, is imported only when it sends, and proves nobody's reachability."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alarms.channel import Page, Result, reliable, usable
from alarms.channels.apprise import Apprise, NoAppriseError
from alarms.settings import DeskSettings
from tests.alarms.town import NIGHT


class Service(http.server.BaseHTTPRequestHandler):
    """Takes what Apprise posts."""

    got: list[dict[str, Any]]
    status = 200

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


# Apprise imports a module that Python 3.11 warns of the end of.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[type[Service], DeskSettings]]:
    kind = type("Kind", (Service,), {"got": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    file = tmp_path / "apprise.yml"
    file.write_text(f"urls:\n  - json://127.0.0.1:{server.server_port}/:\n      - tag: nightteam\n")
    yield kind, DeskSettings.model_validate({"channels": {"apprise": {"config_file": str(file)}}})
    server.shutdown()
    thread.join()
    server.server_close()


def page(tag: str) -> Page:
    return Page(
        id=7,
        alarm_id=42,
        alarm_class="care",
        area="Norra",
        reason="step",
        channel="apprise",
        address=tag,
        language="en",
        attempt=1,
        at=NIGHT,
        idempotency_key="5f0c",
        link="https://hemvakt.example/alarms/42",
    )


async def test_a_tag_of_the_configuration_is_told(service: tuple[type[Service], DeskSettings]) -> None:
    kind, settings = service
    channel = Apprise(settings)
    assert (await channel.send(page("nightteam"))).result is Result.ACCEPTED
    (got,) = kind.got
    assert got["title"] == "Care alarm 42 Norra"
    assert got["message"].endswith("https://hemvakt.example/alarms/42")
    kind.status = 500
    assert (await channel.send(page("nightteam"))).result is Result.UNKNOWN


@pytest.mark.parametrize("tag", ["nobody", "", "json://127.0.0.1:1/"])
async def test_what_is_no_tag_of_the_configuration_reaches_nothing(
    service: tuple[type[Service], DeskSettings], tag: str
) -> None:
    kind, settings = service
    assert (await Apprise(settings).send(page(tag))).result is Result.REFUSED
    assert kind.got == []


def test_it_never_counts_as_a_channel_that_somebody_is_sure_to_hear() -> None:
    assert Apprise.secondary
    assert "apprise" not in reliable()


def test_without_settings_it_is_not_there() -> None:
    assert "apprise" not in usable(DeskSettings())
    with pytest.raises(NoAppriseError):
        Apprise(DeskSettings())


def test_nobody_waits_for_its_import_who_does_not_use_it() -> None:
    look = "import sys; from alarms.channel import kinds; kinds(); print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
