"""Virtual time and brokers for the hub's tests."""

import asyncio

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_stray_event_loop() -> None:
    """Keep looptime 0.9 from making an event loop that nobody closes: it asks for "the" loop before one runs."""
    asyncio.set_event_loop(None)
