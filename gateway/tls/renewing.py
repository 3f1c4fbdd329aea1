"""Looks after the certificates while listeners use them."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from gateway.tls.certificates import Certificates
from store.clock import Clock

log = structlog.get_logger(__name__)

_EVERY_S: Final = 600.0


async def renewing(
    certificates: Certificates, clock: Clock, changed: Callable[[], None], *, every_s: float = _EVERY_S
) -> None:
    """Look again and again, and call ``changed`` whenever listeners must read the files again. Until cancelled."""
    is_new = False
    while True:
        await asyncio.sleep(every_s)
        try:
            # What a listener could not take up is offered again.
            is_new = await asyncio.to_thread(certificates.refresh, clock.now()) or is_new
            if is_new:
                changed()
                is_new = False
                log.info("certificate_taken_up")
        except Exception as error:
            log.exception("certificate_not_renewed", problem=type(error).__name__)
