"""`hemvakt up --tls`: broker and console speak TLS and nothing else, with certificates that renew themselves."""

import asyncio
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.ports import free_port, is_free
from gateway.settings import MqttSettings, Settings, TlsSettings, with_overrides
from gateway.tls.authority import SERVER_LIFE, Authority, BadAuthorityError, fingerprint, names_of
from gateway.tls.certificates import RENEW_BEFORE, BadCertificateError, Made, Own, names_here
from gateway.tls.listening import NoCertificateError, UnencryptedError, certificates_of, require_encryption
from gateway.tls.renewing import renewing
from gateway.up import Running, up
from store.clock import ManualClock
from store.tables import inbox
from tests.gateway.mosquitto import PROGRAM

NAMES = ["hemvakt.example.org", "192.0.2.7", "localhost", "127.0.0.1"]
NOW = datetime.now(tz=UTC)


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def served(port: int, ca_file: Path, name: str = "localhost") -> int:
    """Return the serial number of the certificate that a server shows, and has proved."""
    context = ssl.create_default_context(cafile=ca_file)
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"").serial_number


def made(folder: Path, now: datetime = NOW, names: list[str] | None = None) -> Made:
    found = Made(folder, NAMES if names is None else names)
    found.refresh(now)
    return found


def test_a_certificate_is_made_once_and_renewed_before_its_end(tmp_path: Path) -> None:
    first = made(tmp_path)
    ca, server = read(first.ca_file or Path()), read(first.certificate)
    assert first.refresh(NOW + SERVER_LIFE - RENEW_BEFORE - timedelta(days=1)) is False
    assert read(first.certificate) == server
    assert first.refresh(NOW + SERVER_LIFE - RENEW_BEFORE + timedelta(days=1)) is True
    assert read(first.certificate).serial_number != server.serial_number
    assert read(first.ca_file or Path()) == ca, "devices know the authority: it stays"
    assert first.fingerprint == fingerprint(ca)


def test_it_stands_for_every_name_and_a_new_name_makes_a_new_one(tmp_path: Path) -> None:
    assert names_of(read(made(tmp_path).certificate)) == set(NAMES)
    again = made(tmp_path, names=[*NAMES, "other.example.org"])
    assert "other.example.org" in names_of(read(again.certificate))


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    made(tmp_path / "tls")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert {modes["ca.key"], modes["server.key"]} == {0o600}
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


@pytest.mark.parametrize("lost", ["server.pem", "server.key", "ca.pem", "ca.key"])
@pytest.mark.parametrize("left", [None, b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_what_is_lost_or_broken_is_made_anew_or_said(tmp_path: Path, lost: str, left: bytes | None) -> None:
    before = made(tmp_path)
    (tmp_path / lost).unlink()
    if left is not None:
        (tmp_path / lost).write_bytes(left)
    if lost.startswith("ca.") and left is not None:
        # Every device knows this authority: it is not replaced because a file cannot be read.
        with pytest.raises(BadAuthorityError):
            made(tmp_path)
        return
    after = made(tmp_path)
    read(after.certificate).verify_directly_issued_by(read(after.ca_file or Path()))
    assert (after.fingerprint == before.fingerprint) is not lost.startswith("ca.")


def test_the_key_of_another_authority_is_refused() -> None:
    one, other = (Authority.new(NOW).pem() for _ in range(2))
    with pytest.raises(BadAuthorityError):
        Authority.read(one[0].encode(), other[1].encode())


def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    first = made(tmp_path)
    end = read(first.ca_file or Path()).not_valid_after_utc
    first.refresh(end - timedelta(days=5))
    assert read(first.certificate).not_valid_after_utc == end
    assert first.refresh(end - timedelta(days=4)) is False
    assert first.refresh(end + timedelta(seconds=1)) is True
    assert read(first.ca_file or Path()).not_valid_after_utc > end


def test_a_certificate_of_ones_own_must_fit_its_key_and_is_taken_up_when_it_changes(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other")
    for certificate, key in ((one.certificate, other.key), (tmp_path / "nothing", one.key), (one.key, one.key)):
        with pytest.raises(BadCertificateError):
            Own(certificate, key)
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(one.certificate.read_bytes())
    key.write_bytes(one.key.read_bytes())
    own = Own(certificate, key)
    assert own.refresh(NOW) is False
    certificate.write_bytes(other.certificate.read_bytes())
    assert own.refresh(NOW) is False, "half of a renewal is none"
    key.write_bytes(other.key.read_bytes())
    assert own.refresh(NOW) is True
    key.unlink()
    assert own.refresh(NOW) is False


def test_half_of_what_is_needed_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, tls=TlsSettings(enabled=True, certificate=tmp_path / "c.pem"))
    with pytest.raises(NoCertificateError):
        certificates_of(settings, NOW)


def test_beyond_this_machine_nothing_listens_in_plain_text_unless_it_is_said(tmp_path: Path) -> None:
    here = Settings(data_folder=tmp_path)
    require_encryption(here)
    for wide in (
        with_overrides(here, host="0.0.0.0"),
        with_overrides(here, host="192.0.2.7"),
        with_overrides(here, host="::"),
        with_overrides(here, mqtt__host="0.0.0.0"),
        with_overrides(here, mqtt__host="hemvakt.example.org"),
    ):
        with pytest.raises(UnencryptedError):
            require_encryption(wide)
        require_encryption(with_overrides(wide, allow_unencrypted=True))
        require_encryption(with_overrides(wide, tls__enabled=True))
    # Where another broker is used, ours listens nowhere.
    require_encryption(with_overrides(here, mqtt__host="0.0.0.0", mqtt__url="mqtts://broker.example.org"))


def test_up_says_so_and_stops(tmp_path: Path) -> None:
    hemvakt = str(Path(sys.executable).with_name("hemvakt"))
    ended = subprocess.run(
        [hemvakt, "up", "--data", str(tmp_path / "data"), "--mqtt-host", "0.0.0.0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "HEMVAKT_ALLOW_UNENCRYPTED" in ended.stderr
    assert not (tmp_path / "data").exists()


async def test_a_renewal_that_fails_ends_nothing(tmp_path: Path) -> None:
    found = made(tmp_path)
    calls: list[int] = []
    (tmp_path / "ca.key").write_bytes(b"broken")
    task = asyncio.create_task(renewing(found, ManualClock(NOW), lambda: calls.append(1), every_s=0.01))
    await asyncio.sleep(0.1)
    assert not task.done()
    assert not calls
    task.cancel()


def speaks_plainly(port: int, said: bytes, answered: bytes) -> bool:
    """Tell whether a server answers what is said without TLS."""
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.settimeout(30)
        plain.sendall(said)
        try:
            return plain.recv(16).startswith(answered)
        except ConnectionError:
            return False


CONNECT, CONNACK = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a", b"\x20"


def publish(address: BrokerAddress, topic: str, payload: bytes) -> None:
    """Publish as a device does that verifies the broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device")
    client.username_pw_set(address.user, address.password)
    client.tls_set_context(address.context())
    client.connect(address.host, address.port)
    client.loop_start()
    client.publish(topic, payload, qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


async def test_what_a_listener_could_not_take_up_is_offered_again(tmp_path: Path) -> None:
    found = made(tmp_path, NOW - timedelta(days=61))
    taken_up, calls = asyncio.Event(), []

    def take_up() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise OSError
        taken_up.set()

    task = asyncio.create_task(renewing(found, ManualClock(NOW), take_up, every_s=0.01))
    async with asyncio.timeout(60):
        await taken_up.wait()
    task.cancel()
    assert len(calls) == 3


@pytest.mark.broker
async def test_the_broker_takes_up_a_renewed_certificate_without_a_restart(tmp_path: Path) -> None:
    found = made(tmp_path / "tls", NOW - timedelta(days=61))
    broker = EmbeddedBroker(tmp_path / "broker", port=free_port(), certificates=found)
    async with broker.running():
        assert found.ca_file is not None
        before = await asyncio.to_thread(served, broker.port, found.ca_file)
        assert not await asyncio.to_thread(speaks_plainly, broker.port, CONNECT, CONNACK)
        renewer = asyncio.create_task(renewing(found, ManualClock(NOW), broker.reload, every_s=0.05))
        async with asyncio.timeout(60):
            while await asyncio.to_thread(served, broker.port, found.ca_file) == before:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.1)
        renewer.cancel()
        assert broker.starts == 1
        await asyncio.to_thread(publish, broker.address, "hemvakt/v1/hemvakt-canary/up/press", b"{}")


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Run everything, as `hemvakt up` does."""
    stopping, began = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(up(settings, started=began.set_result, stopping=stopping, deadly=False))
    try:
        await asyncio.wait([task, began], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        found: Running = began.result()
        async with asyncio.timeout(60):
            while not found.intake.link.up.is_set():  # noqa: ASYNC110 - an event of threads
                await asyncio.sleep(0.05)
        yield found
    finally:
        stopping.set()
        await task


def of(folder: Path, **tls: Any) -> Settings:
    return Settings(
        data_folder=folder, port=free_port(), mqtt=MqttSettings(port=free_port()), tls=TlsSettings(enabled=True, **tls)
    )


async def heard(found: Running) -> int:
    return await found.database.read(lambda c: int(c.scalar(select(func.count()).select_from(inbox)) or 0))


@pytest.mark.broker
async def test_with_tls_a_device_the_simulator_and_a_browser_reach_everything(tmp_path: Path) -> None:
    settings = of(tmp_path / "data")
    async with running(settings) as found:
        assert found.broker is not None
        assert found.certificates is not None
        ca_file = found.certificates.ca_file
        assert ca_file is not None
        assert found.settings.api.base_url.startswith("https://")
        verified = ssl.create_default_context(cafile=ca_file)
        async with httpx.AsyncClient(verify=verified) as client:
            answer = await client.get(f"https://localhost:{settings.port}/livez")
        assert answer.status_code == 200
        assert not await asyncio.to_thread(speaks_plainly, settings.port, b"GET /livez HTTP/1.0\r\n\r\n", b"HTTP")
        password = found.broker.devices_password_file
        device = BrokerAddress(
            host="localhost",
            port=settings.mqtt.port,
            tls=True,
            user="devices",
            password=password.read_text("utf-8").strip(),
            ca_file=ca_file,
        )
        await asyncio.to_thread(publish, device, "hemvakt/v1/pendant-9/up/press", b'{"boot": "b", "seq": 1}')
        async with asyncio.timeout(60):
            while not await heard(found):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.05)
        arguments = ["press", "pendant-7", "--broker", str(device), "--user", "devices"]
        pressed = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("hemvakt-sim")),
            *arguments,
            "--password-file",
            str(password),
            "--ca-file",
            str(ca_file),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await pressed.communicate()
        assert pressed.returncode == 0, said.decode()


@pytest.mark.broker
def test_a_mosquitto_of_ones_own_uses_the_same_certificate(tmp_path: Path) -> None:
    if not PROGRAM.exists():
        pytest.skip("Mosquitto is not installed (apt install mosquitto)")
    found, port = made(tmp_path / "tls"), free_port()
    config = tmp_path / "mosquitto.conf"
    files = f"certfile {found.certificate}\nkeyfile {found.key}\n"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n{files}")
    process = subprocess.Popen([PROGRAM, "-c", config], stderr=subprocess.DEVNULL)
    try:
        while is_free("127.0.0.1", port):
            time.sleep(0.02)
        assert found.ca_file is not None
        assert served(port, found.ca_file) == read(found.certificate).serial_number
        publish(BrokerAddress(host="localhost", port=port, tls=True, ca_file=found.ca_file), "a", b"{}")
    finally:
        process.terminate()
        process.wait()


@pytest.mark.broker
async def test_a_certificate_of_ones_own_is_used_though_it_does_not_name_this_machine(tmp_path: Path) -> None:
    """The gateway reaches its own broker all the same."""
    elsewhere = made(tmp_path / "elsewhere", names=["hemvakt.example.org"])
    settings = of(tmp_path / "data", certificate=elsewhere.certificate, key=elsewhere.key)
    async with running(settings) as found:
        assert found.certificates is not None
        assert found.certificates.ca_file is None
        assert elsewhere.ca_file is not None
        for port in (settings.port, settings.mqtt.port):
            serial = await asyncio.to_thread(served, port, elsewhere.ca_file, "hemvakt.example.org")
            assert serial == read(elsewhere.certificate).serial_number
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.to_thread(served, settings.port, elsewhere.ca_file, "localhost")


def test_names_are_those_given_first_and_loopback_always() -> None:
    found = names_here("0.0.0.0", "hemvakt.example.org", "", "::1")
    assert found[0] == "hemvakt.example.org"
    assert {"localhost", "127.0.0.1", "::1"} <= set(found)
    assert "0.0.0.0" not in found
    assert len(found) == len(set(found))
