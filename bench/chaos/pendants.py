"""Pendants that repeat each press until the gateway says that it has it, and SOS buttons that say it to the broker."""

import json
import random
import threading
import time
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from gateway.address import BrokerAddress

#: A pendant that has heard nothing says its press again after this.
REPEAT_S = 2.0

Press = tuple[str, int]


class Pendants:
    """The pendants behind one connection. ``sos`` is the topic of a button without numbers, or empty for none."""

    def __init__(self, devices: list[str], per_second: float, seed: int, *, sos: str = "") -> None:
        self.acked: set[Press] = set()
        self.pressed = self.repeats = 0
        self._devices, self._per_second, self._sos_topic = devices, per_second, sos
        self._dice = random.Random(seed)
        self._waiting: dict[Press, float] = {}
        self._sos: list[mqtt.MQTTMessageInfo] = []
        self._boot = f"{seed:x}"
        self._lock = threading.Lock()
        self._stop, self._pause = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="pendants", daemon=True)
        self._client: mqtt.Client

    def start(self, address: BrokerAddress) -> Self:
        """Connect now and again for ever, and begin to press."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"pendants-{self._boot}", clean_session=False)
        if address.user:
            client.username_pw_set(address.user, address.password)
        client.reconnect_delay_set(1, 2)
        client.on_connect = lambda connected, *_: connected.subscribe("hemvakt/v1/+/down/ack", 1)
        client.on_message = self._answered
        self._client = client
        client.connect_async(address.host, address.port, keepalive=5)
        client.loop_start()
        self._thread.start()
        return self

    def press_no_more(self) -> None:
        """Only repeat what was not answered yet."""
        self._pause.set()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def sos_acked(self) -> int:
        """Presses of the SOS button that the broker has taken over."""
        return sum(message.is_published() for message in self._sos)

    @property
    def sos_waiting(self) -> int:
        return len(self._sos) - self.sos_acked

    def _answered(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        device = message.topic.split("/")[2]
        with self._lock:
            for seq in json.loads(message.payload)["seq"]:
                if self._waiting.pop((device, seq), None) is not None:
                    self.acked.add((device, seq))

    def _live(self) -> None:
        next_press = time.monotonic()
        while not self._stop.wait(0.05):
            now = time.monotonic()
            while next_press <= now and not self._pause.is_set():
                next_press += self._dice.expovariate(self._per_second)
                self._press()
            self._repeat(now)

    def _press(self) -> None:
        self.pressed += 1
        with self._lock:
            self._waiting[self._dice.choice(self._devices), self.pressed] = 0.0
        if self._sos_topic and self.pressed % 10 == 0:
            said = self._client.publish(self._sos_topic, b'{"action":"emergency"}', 1)
            if said.rc == mqtt.MQTT_ERR_SUCCESS:
                self._sos.append(said)

    def _repeat(self, now: float) -> None:
        # A radio without a network sends nothing; and no queue builds up that would be news to nobody.
        if not self._client.is_connected():
            return
        with self._lock:
            due = [press for press, said in self._waiting.items() if now - said > REPEAT_S][:50]
            self.repeats += sum(self._waiting[press] > 0 for press in due)
            self._waiting.update(dict.fromkeys(due, now))
        for device, seq in due:
            body = json.dumps({"boot": self._boot, "seq": seq})
            self._client.publish(f"hemvakt/v1/{device}/up/press", body, 1)
