"""``hemvakt replay``."""


def replay() -> None:
    """Replay (to come in a moment)."""
