"""Promise: the simulator is an independent check of the gateway; it imports nothing of it."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "hemvakt_sim"
GATEWAY = {"gateway", "devices", "rules", "alarms", "api", "store"}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("relative" if node.level else (node.module or "").split(".")[0])
    return names


def test_no_module_imports_the_gateway() -> None:
    files = list(PACKAGE.rglob("*.py"))
    assert len(files) > 20
    for file in files:
        assert not imported(ast.parse(file.read_text(encoding="utf-8"))) & GATEWAY, file.name
