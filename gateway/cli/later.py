"""A command that is imported when it is run.

The hub runs on a small machine and needs no database, and nobody waits for either to read ``--help``.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand


class Later(TyperCommand):
    """Stands in the list of commands for what is at ``where``, ``module:name``: a function or a ``typer.Typer``."""

    def __init__(self, name: str, where: str, says: str) -> None:
        super().__init__(name, help=says)
        self._where = where

    def real(self) -> Any:
        """Import the command."""
        module, _, attribute = self._where.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        alone = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
        alone.command(self.name)(found)
        return typer.main.get_command(alone)

    def make_context(self, *given: Any, **options: Any) -> Any:
        return self.real().make_context(*given, **options)
