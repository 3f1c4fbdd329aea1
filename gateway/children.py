"""Starts other programs so that they end when we do, however we end."""

import asyncio
import os
import shutil
import sys
import sysconfig
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

from store.errors import HemvaktError

_LEASH = Path(__file__).with_name("leash.py")


class ProgramMissingError(HemvaktError):
    """A program that Hemvakt needs is not installed."""


def find(name: str) -> Path:
    """Return where a program is: among the scripts of this Python, else on the path. Raises ProgramMissingError."""
    beside = Path(sysconfig.get_path("scripts")) / name
    found = beside if beside.is_file() else Path(shutil.which(name) or "")
    if not found.is_file():
        raise ProgramMissingError(f"It is {name}.")
    return found.absolute()


async def spawn(program: Path, *arguments: str, output: Any = None) -> Process:
    """Start a program in a session of its own, so that Ctrl-C in the terminal reaches only us."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(_LEASH),
        str(os.getpid()),
        str(program),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


async def end(process: Process, patience_s: float) -> None:
    """Ask a child to end, and make it end when it does not."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(patience_s):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
