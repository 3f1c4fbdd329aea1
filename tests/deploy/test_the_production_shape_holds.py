"""docker-compose.yml and what it mounts. Containers do not run here; the same files and commands do."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check_jsonschema
import paho.mqtt.client as mqtt
import pytest
import uvicorn
import yaml
from jsonschema import Draft7Validator
from paho.mqtt.enums import CallbackAPIVersion
from typer.main import get_command

from devices import discovery
from devices.family import families, topic_filters

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("hemvakt:")}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/make-secrets.sh makes."""
    folder = tmp_path_factory.mktemp("deploy")
    shutil.copy(ROOT / "deploy" / "make-secrets.sh", folder)
    subprocess.run(["sh", str(folder / "make-secrets.sh"), "broker.example.org"], check=True, timeout=60)
    return folder / "secrets"


def test_it_fits_the_schema_of_compose() -> None:
    vendored = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    Draft7Validator(json.loads(vendored.read_text(encoding="utf-8"))).validate(COMPOSE)


def test_only_the_proxy_and_the_broker_are_reachable_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy", "broker"}
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or name.endswith("_FILE"), name
            assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), value


def test_every_secret_that_is_mounted_is_made(secrets: Path) -> None:
    mounted = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert mounted == set(COMPOSE["secrets"])
    for secret in COMPOSE["secrets"].values():
        assert (secrets.parent.parent / secret["file"].replace("deploy/", f"{secrets.parent.name}/", 1)).is_file()


def test_no_secret_is_copied_into_an_image() -> None:
    folders = {Path(secret["file"]).parent.as_posix() for secret in COMPOSE["secrets"].values()}
    assert folders <= set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())


def test_making_secrets_again_keeps_them(secrets: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run(["sh", str(secrets.parent / "make-secrets.sh")], check=True, timeout=60)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_every_command_is_one_that_hemvakt_has() -> None:
    from gateway.cli import app

    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert {service["command"][0] for service in OURS.values()} <= commands


def test_our_containers_run_without_privileges() -> None:
    for service in OURS.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert "\nUSER hemvakt\n" in dockerfile
    assert "--require-hashes" in dockerfile


def test_the_gateway_has_a_folder_that_it_may_write_to() -> None:
    gateway = SERVICES["gateway"]
    folder = Path(gateway["environment"]["HEMVAKT_DATA_FOLDER"])
    assert any(folder.is_relative_to(writable) for writable in gateway["tmpfs"])


def test_the_desk_reaches_those_who_carry_its_pages() -> None:
    networks = SERVICES["desk"]["networks"]
    assert any(not (COMPOSE["networks"][name] or {}).get("internal") for name in networks)


@pytest.mark.parametrize("told", [True, False])
async def test_the_api_knows_who_asks_behind_the_proxy(monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    assert SERVICES["api"]["networks"] == ["inside"]
    if told:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", SERVICES["api"]["environment"]["FORWARDED_ALLOW_IPS"])
    seen: list[str] = []

    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    config = uvicorn.Config(application, log_config=None, lifespan="off", interface="asgi3")
    config.load()
    scope = {"type": "http", "client": ("172.18.0.9", 40_000), "headers": [(b"x-forwarded-for", b"203.0.113.7")]}
    await config.loaded_app(scope, None, None)
    assert seen == ["203.0.113.7" if told else "172.18.0.9"]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def broker(secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The broker with the configuration of the compose file, below another root and at another port."""
    port, root = free_port(), tmp_path_factory.mktemp("broker")
    mounted = dict(volume.split(":")[:2] for volume in SERVICES["broker"]["volumes"])
    config = root / mounted["./deploy/nats/nats.conf"].removeprefix("/")
    config.parent.mkdir(parents=True)
    (root / "run" / "secrets").mkdir(parents=True)
    for name in SERVICES["broker"]["secrets"]:
        file = secrets / Path(COMPOSE["secrets"][name]["file"]).name
        shutil.copy(file, root / "run" / "secrets" / name)
    text = (ROOT / "deploy" / "nats" / "nats.conf").read_text(encoding="utf-8")
    for there, here in {
        '"/run/secrets/': f'"{root}/run/secrets/',
        '"/data"': f'"{root}/data"',
        "port: 8883": f"host: 127.0.0.1, port: {port}",
        "127.0.0.1:4222": "127.0.0.1:-1",
    }.items():
        assert there in text
        text = text.replace(there, here)
    config.write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("nats-server")), "-c", str(config)], stderr=subprocess.PIPE
    ) as process:
        try:
            deadline = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            yield port
        finally:
            process.terminate()


def connect(port: int, secrets: Path, user: str, password: str) -> tuple[mqtt.Client, int]:
    """Connect with TLS that is verified; return the client and the reason code."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{user}", protocol=mqtt.MQTTv311)
    client.username_pw_set(user, password)
    client.tls_set_context(ssl.create_default_context(cafile=secrets / "tls_ca.pem"))
    codes: list[int] = []
    done = threading.Event()

    def on_connect(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        codes.append(reason.value)
        done.set()

    client.on_connect = on_connect
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert done.wait(20)
    return client, codes[0]


def leave(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


@pytest.mark.broker
def test_the_broker_lets_in_who_has_a_password_over_tls_and_nobody_else(broker: int, secrets: Path) -> None:
    client, code = connect(broker, secrets, "gateway", (secrets / "mqtt_password").read_text())
    leave(client)
    assert code == 0
    stranger, refused = connect(broker, secrets, "gateway", "guess")
    leave(stranger)
    assert refused != 0


@pytest.mark.broker
def test_a_device_may_speak_for_devices_and_not_for_the_gateway(broker: int, secrets: Path) -> None:
    gateway, _ = connect(broker, secrets, "gateway", (secrets / "mqtt_password").read_text())
    device, _ = connect(broker, secrets, "devices", (secrets / "devices_password").read_text())
    heard: list[str] = []
    first = threading.Event()

    def on_message(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        heard.append(message.topic)
        first.set()

    subscribed = threading.Event()
    gateway.on_message = on_message
    gateway.on_subscribe = lambda *_: subscribed.set()
    gateway.subscribe([("hemvakt/v1/+/up/+", 1)])
    assert subscribed.wait(20)
    device.publish("hemvakt/v1/pendant-7/down/ack", b"{}", qos=0)
    device.publish("hemvakt/v1/pendant-7/up/press", b"{}", qos=1)
    assert first.wait(20)
    leave(device)
    leave(gateway)
    assert heard == ["hemvakt/v1/pendant-7/up/press"]


def test_the_broker_lets_devices_say_what_the_families_read(secrets: Path) -> None:
    users = (secrets / "broker_users.conf").read_text(encoding="utf-8")
    for topic in (*topic_filters(families()), *discovery.FILTERS):
        subject = topic.replace("/", ".").replace("+", "*").replace("#", ">")
        # Once where the gateway listens, once where devices speak.
        assert users.count(f'"{subject}"') == 2, topic
