"""Becomes another program that ends when its parent does: ``python leash.py PARENT PROGRAM ...``.

Done between fork and exec, by a program of its own, because a process with threads may run no Python there.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have died before the kernel knew what we want.
    if os.getppid() != int(parent):
        sys.exit(0)
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    main()
