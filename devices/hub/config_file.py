"""Reads the hub's YAML file and says in which line each problem is."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from devices.hub.config import Device, HubConfig
from store.errors import HemvaktError

_LARGEST = 1_000_000
_KEY_BYTES = (12, 16)
_OTHERS = 0o077

Place = tuple[str | int, ...]


class BadConfigError(HemvaktError):
    """The hub cannot start with this file."""


def read(path: Path) -> HubConfig:
    """Read and check the file. Raises BadConfigError with one line per problem: ``file:line: field: what is wrong``."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadConfigError(f"{path}: {error.strerror}.") from error
    if len(data) > _LARGEST:
        raise BadConfigError(f"{path}: larger than {_LARGEST} bytes")
    return parse(data.decode("utf-8", errors="replace"), path)


def parse(text: str, path: Path) -> HubConfig:
    """Check the text of a file; relative paths in it are relative to its folder. Raises BadConfigError."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        problems = [] if root is None else list(_repeated(root, ()))
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadConfigError(f"{path}:{line}: this is not YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadConfigError(f"{path}:1: this is not YAML: {error}") from error
    try:
        config = HubConfig.model_validate(content if root is not None else {})
    except ValidationError as error:
        # What was written is not repeated: it may be a key in the wrong field.
        problems += [(detail["loc"], detail["msg"].removeprefix("Value error, ")) for detail in error.errors()]
    else:
        config = _in_folder(config, path.parent)
        problems += [
            (("devices", at, "key_file"), said) for at, one in enumerate(config.devices) for said in _keys(one)
        ]
        if not problems:
            return config
    raise BadConfigError("\n" + "\n".join(f"{path}:{_line(root, at)}: {_dotted(at)}: {said}" for at, said in problems))


def key(device: Device) -> bytes | None:
    """Return the bind key of a device from its file, or None when it has none. Raises BadConfigError."""
    if device.key_file is None:
        return None
    try:
        if device.key_file.stat().st_mode & _OTHERS:
            raise BadConfigError(f"others may read {device.key_file}; make it readable for its owner only (chmod 600)")
        found = bytes.fromhex(device.key_file.read_text(encoding="ascii").strip())
    except OSError as error:
        raise BadConfigError(f"{device.key_file}: {error.strerror}") from error
    except ValueError as error:
        raise BadConfigError(f"{device.key_file} does not hold a key as hexadecimal digits") from error
    if len(found) not in _KEY_BYTES:
        raise BadConfigError(f"{device.key_file} holds {len(found)} bytes; a key has 16 (some old ones 12)")
    return found


def _keys(device: Device) -> Iterator[str]:
    try:
        key(device)
    except BadConfigError as error:
        yield error.detail


def _in_folder(config: HubConfig, folder: Path) -> HubConfig:
    devices = tuple(
        one.model_copy(update={"key_file": folder / one.key_file}) if one.key_file else one for one in config.devices
    )
    files = {
        name: folder / path
        for name in ("password_file", "ca_file")
        if (path := getattr(config.broker, name)) is not None
    }
    broker = config.broker.model_copy(update=files)
    return config.model_copy(update={"devices": devices, "broker": broker, "folder": folder / config.folder})


def _line(root: yaml.Node | None, place: Place) -> int:
    """Return the line (from 1) of the deepest part of ``place`` that is in the file."""
    node, line = root, 1
    for step in place:
        found = next((one for one in _children(node) if one[0] == step), None)
        if found is None:
            break
        _, line, node = found
    return line


def _children(node: yaml.Node | None) -> Iterator[tuple[str | int, int, yaml.Node]]:
    """Yield name or number, line, and value of what a node holds."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield str(name.value), name.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield number, value.start_mark.line + 1, value


def _repeated(node: yaml.Node, place: Place) -> Iterator[tuple[Place, str]]:
    """Find keys given twice, of which YAML would silently take the last."""
    seen: set[str | int] = set()
    for name, line, value in _children(node):
        if name in seen:
            yield (*place, name), f"given twice, again in line {line}"
        seen.add(name)
        yield from _repeated(value, (*place, name))


def _dotted(place: Place) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".") or "file"
