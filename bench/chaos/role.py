"""``python -m bench.chaos.role ROLE SETTINGS CLOCK``: a role as its command runs it, on a clock that can be set."""

import asyncio
import json
import sys
from pathlib import Path

from bench.chaos.clock import SharedClock
from gateway import roles
from gateway.logs import configure, told
from gateway.settings import Settings
from gateway.up import up


def main() -> None:
    role, settings_file, clock_file = sys.argv[1:]
    settings = Settings(**json.loads(Path(settings_file).read_text("utf-8")))
    clock = SharedClock(Path(clock_file))
    configure(as_json=False)
    try:
        if role == "up":
            asyncio.run(up(settings, started=lambda _running: None, clock=clock))
        else:
            asyncio.run(roles.ROLES[role](settings, clock))
    except Exception as error:  # noqa: BLE001 - told as the command line tells it, without values
        print("\n".join(told(error)), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
