"""Reads a scenario file and says in which line of it each error is."""

from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path

import yaml
from pydantic import ValidationError

from hemvakt_sim import plain
from hemvakt_sim.errors import ScenarioError
from hemvakt_sim.scenario import Scenario

_LARGEST = 4 * 1024 * 1024


def find(name: str) -> Path:
    """Return the file of this name, or the scenario of this name that comes with the simulator."""
    path = Path(name)
    if path.is_file():
        return path
    package = Path(__file__).parent
    for folder in (package / "scenarios", package.parent / "scenarios"):
        for candidate in (folder / name, folder / f"{name}.yaml", folder / f"{name}{plain.SUFFIX}"):
            if candidate.is_file():
                return candidate
    raise ScenarioError(f"There is no file {name}, and no scenario of that name comes with the simulator.")


def load(path: Path) -> Scenario:
    """Read and check a scenario. Raises ScenarioError with one line per error: ``file:line: field: what is wrong``."""
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise ScenarioError(f"{path}: larger than {_LARGEST} bytes")
    read = plain_text if path.suffix == plain.SUFFIX else parse
    return read(data.decode("utf-8", errors="replace"), str(path))


def plain_text(text: str, source: str) -> Scenario:
    """Read a scenario in plain words. Raises ScenarioError."""
    content, problems = plain.content(text)
    if not problems:
        try:
            scenario = Scenario.model_validate(content)
        except ValidationError as error:
            problems = [
                (plain.line_of(detail["loc"], text), detail["msg"].removeprefix("Value error, "))
                for detail in error.errors()
            ]
        else:
            problems = [(number + 1, problem) for number, problem in scenario.step_problems()]
            if not problems:
                return scenario
    raise ScenarioError("\n" + "\n".join(f"{source}:{line}: {what}" for line, what in problems))


def parse(text: str, source: str) -> Scenario:
    """Read a scenario from text; ``source`` names it in errors."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise ScenarioError(f"{source}:1: the file is empty")
        problems = list(_repeated(root, ()))
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioError(f"{source}:{mark.line + 1 if mark else 1}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ScenarioError(f"{source}:1: not YAML: {error}") from None
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        problems += [(detail["loc"], detail["msg"].removeprefix("Value error, ")) for detail in error.errors()]
    else:
        problems += [
            (("events", number), problem)
            for number, event in enumerate(scenario.events)
            if (problem := scenario.problem(event)) is not None
        ]
        problems += [(("steps", number), problem) for number, problem in scenario.step_problems()]
        if not problems:
            return scenario
    raise ScenarioError("\n" + "\n".join(_sentence(root, source, where, what) for where, what in problems))


def _sentence(root: yaml.Node, source: str, where: Sequence[str | int], what: str) -> str:
    line, known = _locate(root, where)
    return f"{source}:{line}: {'.'.join(str(part) for part in known) or 'scenario'}: {what}"


def _locate(root: yaml.Node, where: Sequence[str | int]) -> tuple[int, list[str | int]]:
    """Return the line (from 1) nearest to ``where``, and ``where`` without the parts that pydantic adds."""
    node, known = root, list[str | int]()
    line = root.start_mark.line + 1
    for number, part in enumerate(where):
        step = _child(node, part)
        if step is not None:
            key, node = step
            line = key.start_mark.line + 1
            known.append(part)
        elif number == len(where) - 1:
            known.append(part)
    return line, known


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return where this part begins, and its value."""
    if isinstance(node, yaml.ScalarNode) and isinstance(part, int) and node.style == "|":
        mark = copy(node.start_mark)
        mark.line += 1 + part
        line = yaml.ScalarNode(node.tag, "", mark, node.end_mark)
        return line, line
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
    return None


def _repeated(node: yaml.Node, where: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find keys given twice, of which YAML would silently take the last."""
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            yield from _repeated(child, (*where, number))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*where, name), f"given twice, again in line {key.start_mark.line + 1}"
            seen.add(name)
            yield from _repeated(value, (*where, name))
