"""Reads a YAML file and remembers on which line each field stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gateway.municipality.model import Municipality
from store.errors import HemvaktError

Place = tuple[str | int, ...]

#: A municipality of 100,000 homes is about this long; a file beyond it is a mistake.
MAX_BYTES = 200_000_000


class Problem:
    """One thing that is wrong, and where."""

    def __init__(self, line: int, field: str, text: str) -> None:
        self.line, self.field, self.text = line, field, text

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.text}" if self.field else f"line {self.line}: {self.text}"


class BadFileError(HemvaktError):
    """The file cannot be imported; nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"  {problem}" for problem in problems))
        self.problems = list(problems)


class Source:
    """A parsed file. ``problem(place, text)`` puts a text at the line of a field."""

    def __init__(self, text: str) -> None:
        """Parse. Raises BadFileError for what is not YAML, and for a key that stands twice."""
        try:
            self._root = yaml.compose(text, Loader=yaml.CSafeLoader)
            repeated = list(_repeated_keys(self._root))
            self.data: Any = None if repeated or self._root is None else yaml.load(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise BadFileError([Problem(line, "", f"this is not YAML: {error.problem}")]) from error
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise BadFileError([Problem(1, "", f"this is not YAML: {error}")]) from error
        if repeated:
            raise BadFileError(repeated)

    def line(self, place: Place) -> int:
        """Return the line of the deepest part of ``place`` that is in the file."""
        node, line = self._root, 1
        for step in place:
            found = _step(node, step)
            if found is None:
                break
            node, line = found
        return line

    def problem(self, place: Place, text: str) -> Problem:
        return Problem(self.line(place), dotted(place), text)


def dotted(place: Place) -> str:
    """Return ``homes[3].residents[0].sex``."""
    out = ""
    for step in place:
        out += f"[{step}]" if isinstance(step, int) else f"{'.' if out else ''}{step}"
    return out


def read(path: Path) -> tuple[Municipality, Source]:
    """Read and check every field. Raises BadFileError that names line and field of each problem."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadFileError([Problem(1, "", f"the file is larger than {MAX_BYTES // 1_000_000} MB")])
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadFileError([Problem(1, "", "the file is not UTF-8 text")]) from error
    except OSError as error:
        raise BadFileError([Problem(1, "", f"the file cannot be read: {error.strerror}")]) from error
    source = Source(text)
    try:
        return Municipality.model_validate(source.data), source
    except ValidationError as error:
        raise BadFileError([source.problem(one["loc"], one["msg"]) for one in error.errors()]) from error


def _step(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    return None


def _repeated_keys(root: yaml.Node | None) -> list[Problem]:
    """PyYAML keeps the last of two equal keys and says nothing; half a home would be lost."""
    problems: list[Problem] = []
    waiting = [root] if root is not None else []
    seen_nodes: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    problems.append(Problem(key.start_mark.line + 1, "", "a key is one word, no list and no mapping"))
                elif key.value in seen:
                    problems.append(Problem(key.start_mark.line + 1, str(key.value), "this key stands twice"))
                seen.add(str(key.value))
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
    return sorted(problems, key=lambda problem: problem.line)
