"""``hemvakt up`` as a process that can be killed, and devices that press their buttons at it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from gateway.address import BrokerAddress

ROOT = Path(__file__).parents[2]


class Process:
    """One ``hemvakt up`` after another on the same data."""

    def __init__(self, folder: Path, port: int, *arguments: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command: list[str | Path] = [
            Path(sys.executable).with_name("hemvakt"),
            "up",
            "--data",
            str(folder),
            "--port",
            str(port),
            *arguments,
        ]
        self._log = folder.parent / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=ROOT)
        return self

    def wait_ready(self) -> None:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            assert self._process is not None
            assert self._process.poll() is None, self._log.read_text()[-3000:]
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(self._log.read_text()[-3000:])

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """End in order; return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def kill_broker(self) -> None:
        """Kill the broker that runs as a child."""
        assert self._process is not None
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                if b"nats-server" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)
                    return
        raise AssertionError("no broker among the children")

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Pressing:
    """Pendants that repeat each press until the application ack, and an SOS button that says it once with QoS 1."""

    def __init__(self, address: BrokerAddress, *, per_second: float) -> None:
        self._address, self._pause = address, 1 / per_second
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.pressed = 0
        self.waiting: dict[tuple[str, int], float] = {}
        self._sos: list[mqtt.MQTTMessageInfo] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="pressing", clean_session=False)
        if address.user:
            self._client.username_pw_set(address.user, address.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("hemvakt/v1/+/down/ack", 1)
        self._client.on_message = self._answered
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._client.connect(self._address.host, self._address.port)
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _answered(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        device = message.topic.split("/")[2]
        with self._lock:
            for seq in json.loads(message.payload)["seq"]:
                self.waiting.pop((device, seq), None)

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            self.pressed += 1
            device, seq = f"pendant-{1 + self.pressed % 2}", self.pressed
            with self._lock:
                self.waiting[device, seq] = 0.0
            if self.pressed % 10 == 0:
                self._sos.append(self._client.publish("zigbee2mqtt/home-1/sos", b'{"action":"emergency"}', 1))
            self.say_again()

    def say_again(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [key for key, said in self.waiting.items() if now - said > 2][:50]
            self.waiting.update(dict.fromkeys(due, now))
        for device, seq in due:
            self._client.publish(f"hemvakt/v1/{device}/up/press", json.dumps({"boot": "b", "seq": seq}), 1)

    @property
    def sos_acknowledged(self) -> int:
        """Presses of the SOS button that the broker has taken; those made while there was no connection not counted."""
        return sum(message.rc == mqtt.MQTT_ERR_SUCCESS and message.is_published() for message in self._sos)

    def finish(self) -> None:
        """Press no more, and repeat until each press is answered."""
        self._stop.set()
        self._thread.join()
        until = time.monotonic() + 90
        while self.waiting and time.monotonic() < until:
            self.say_again()
            time.sleep(0.2)
        assert not self.waiting, f"{len(self.waiting)} of {self.pressed} presses were never answered"
