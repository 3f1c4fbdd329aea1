"""``hemvakt-sim providers`` listens, takes a message of its own account only, and says what it took."""

import asyncio
import re
import signal
import sys

import httpx


async def test_it_takes_messages_and_says_so() -> None:
    command = [sys.executable, "-c", "from hemvakt_sim.cli import app; app()", "providers", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            first = (await process.stdout.readline()).decode()
            found = re.fullmatch(r"user (\S+), password (\S+)\n", first)
            assert found, first
            elks = (await process.stdout.readline()).decode().split()[-1]
            twilio = (await process.stdout.readline()).decode().split()[-1]
            assert twilio.endswith("/2010-04-01")
            async with httpx.AsyncClient(trust_env=False) as client:
                form = {"from": "+46766860001", "to": "+46701234567", "message": "LARM 42 Norra"}
                assert (await client.post(f"{elks}/sms", data=form)).status_code == 401
                taken = await client.post(f"{elks}/sms", data=form, auth=(found.group(1), found.group(2)))
            assert taken.json()["status"] == "created"
            said = (await process.stdout.readline()).decode()
            assert said == "46elks: sms to +46701234567: 'LARM 42 Norra'\n"
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
    assert process.returncode == 0
