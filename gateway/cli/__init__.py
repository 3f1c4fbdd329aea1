"""The command ``hemvakt``."""

from gateway.cli.main import app

__all__ = ["app"]
