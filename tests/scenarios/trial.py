"""A real gateway with the trial town, as a technician starts it: by commands, in processes of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import Connection

from api import accounts
from api.identity.roles import Role
from gateway.ports import free_port
from hemvakt_sim.expect.steps import Call
from hemvakt_sim.reading import load
from store.clock import SystemClock
from store.database import Database

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "firmware-sim" / "scenarios"
#: Who acts in scenarios: responders of the town, and a technician.
PEOPLE = ("anna", "david", "tim")
_READY_S = 120
#: For the last acknowledgements of a scenario that is told to end.
_LAST_WORDS_S = 30
#: Characters of the gateway's log that are shown with what failed.
_LOG = 4_000


def promises() -> list[str]:
    """Return the names of the scenarios that expect something of a gateway which nobody harms from outside."""
    loaded = {path.stem: load(path) for path in sorted(SCENARIOS.iterdir()) if path.suffix in {".steps", ".yaml"}}
    return [
        name
        for name, scenario in loaded.items()
        if any(step.asks_the_gateway for step in scenario.script())
        and not any(isinstance(step.what, Call) for step in scenario.script())
    ]


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


class Trial:
    """The gateway of the trial town, with its data and its tokens below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.mqtt_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._hemvakt("import", str(ROOT / "deploy" / "trial" / "municipality.yaml"))
        with Database(f"sqlite:///{folder / 'data' / 'hemvakt.db'}") as database:
            database.write_now(self._give_tokens)

    def token(self, login: str) -> Path:
        return self.folder / f"{login}.token"

    def _give_tokens(self, connection: Connection) -> None:
        now = SystemClock().now()
        accounts.create_account(connection, login="reader", name="Reader", role=Role.COORDINATOR, now=now)
        accounts.create_account(connection, login="tim", name="Tim", role=Role.TECHNICIAN, now=now)
        for login in ("reader", *PEOPLE):
            self.token(login).write_text(accounts.create_token(connection, login, "trial", now))

    def _hemvakt(self, *words: str) -> str:
        said = subprocess.run(
            [program("hemvakt"), *words, "--data", str(self.folder / "data")],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "200"},
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([program("hemvakt"), *self.words()], cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + _READY_S
        while time.monotonic() < until:
            assert self._process.poll() is None, self.log()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(self.log())

    def words(self) -> list[str]:
        """Return the command with which this gateway is started."""
        port = self.url.rpartition(":")[2]
        return ["up", "--data", str(self.folder / "data"), "--port", port, "--mqtt-port", str(self.mqtt_port)]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def ended_with(self) -> int | None:
        """Return the exit code of the gateway that ``start`` started, negative for a signal, None while it lives."""
        return None if self._process is None else self._process.poll()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def options(self) -> list[str]:
        """Return the options with which hemvakt-sim reaches this gateway."""
        words = ["--broker", f"mqtt://127.0.0.1:{self.mqtt_port}", "--user", "devices"]
        words += ["--password-file", str(self.folder / "data" / "broker" / "devices.password")]
        words += ["--hemvakt-url", self.url, "--token-file", str(self.token("reader"))]
        return words + [word for login in PEOPLE for word in ("--as", f"{login}={self.token(login)}")]

    def play(self, scenario: str, *more: str, seconds: float = 400) -> subprocess.CompletedProcess[str]:
        """Run a scenario to its end; return what it said, with the newest of the gateway's log on stderr.

        One that does not end in ``seconds`` is told to end, and then says what was not met.
        """
        words = [program("hemvakt-sim"), "run", scenario, *self.options(), *more]
        run = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        )
        try:
            said, complained = run.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGINT)
            try:
                said, complained = run.communicate(timeout=_LAST_WORDS_S)
            except subprocess.TimeoutExpired:
                run.kill()
                said, complained = run.communicate()
            complained += f"\nended after {seconds:g} s\n"
        if run.returncode:
            complained += f"\nthe gateway's log ends with:\n{self.log()[-_LOG:]}"
        return subprocess.CompletedProcess(words, run.returncode, said, complained)


@contextmanager
def running(folder: Path) -> Iterator[Trial]:
    """Run a gateway with the trial town."""
    trial = Trial(folder)
    trial.start()
    try:
        yield trial
    finally:
        trial.stop()
