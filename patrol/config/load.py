"""Reading ``config.yaml``, and the only place that looks at the environment.

All mistakes are reported at once, each with file, line, key, allowed range and value.
"""

import contextlib
import difflib
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from patrol.config.describe import find_allowed, list_known_names
from patrol.config.schema import TAGS, Config
from patrol.model.errors import InputError, OutsideError

CONFIG_VARIABLE = "PATROL_CONFIG"
SECRETS_VARIABLE = "PATROL_SECRETS_FILE"
SECRET_PREFIX = "PATROL_SECRET_"  # noqa: S105 - the beginning of a variable's name
DEFAULT_FILE = Path("config.yaml")

MAX_BYTES = 256_000
"""A county's whole configuration is under 20 kB; more is an attack or another file."""

MAX_DEPTH = 32
"""Nesting that no configuration needs, and that the recursive readers below still bear."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must not stand in ``config.yaml``: keys of our own, and credentials by name.

    ``named`` holds what the environment (``PATROL_SECRET_NAME``) or the secrets file gives, by
    lower-case name; cameras refer to it by ``Camera.secret``.
    """

    session_key: str = field(repr=False)
    audit_key: bytes = field(repr=False)
    named: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find(self, name: str) -> str | None:
        """The secret of this name, whatever its case."""
        return self.named.get(name.lower())


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong with a file: where, what, what would be right, what stands there.

    ``key`` is dotted, empty where the file as a whole is meant; ``allowed`` and ``got`` are empty
    where there is nothing to say.
    """

    line: int
    key: str
    said: str
    allowed: str = ""
    got: str = ""

    def told(self, name: str) -> str:
        """The mistake as one line: ``config.yaml:3: hotspots.half_life_d: ... (got -3)``."""
        key = f"{self.key}: " if self.key else ""
        allowed = f", allowed {self.allowed}" if self.allowed else ""
        got = f" (got {self.got})" if self.got else ""
        return f"{name}:{self.line}: {key}{self.said}{allowed}{got}"


class ConfigError(InputError):
    """A file that cannot be used; knows every mistake in it, part by part."""

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        self.file = name
        self.mistakes = tuple(sorted(mistakes))
        lines = tuple(mistake.told(name) for mistake in self.mistakes)
        super().__init__(lines[0] if len(lines) == 1 else f"{name}: {len(lines)} mistakes", lines)


@dataclass(slots=True)
class _Tree:
    """Plain values of a YAML text, and the line on which each of them stands."""

    lines: dict[Path_, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line_of(self, path: Path_) -> int:
        """The line of the nearest part of the path that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def find_config_path(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The file to read: the option, else ``PATROL_CONFIG``, else ``./config.yaml``."""
    if option is not None:
        return option
    return Path(environ.get(CONFIG_VARIABLE) or DEFAULT_FILE)


def load_config(path: Path) -> Config:
    """Read and check a configuration file; relative paths in it are resolved against it.

    Raises
    ------
    InputError
        With every mistake in ``errors``, each as ``config.yaml:3: hotspots.half_life_d: ...``.
    """
    try:
        size = path.stat().st_size
        # A file of gigabytes is refused by its size; it is never held in memory.
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: does not exist; `patrol init DIR` writes one, --config names another"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(path.name, [_too_large(size)])
    config = parse_config(raw, path.name)
    return _with_absolute_paths(config, path.resolve().parent)


def _too_large(size: int) -> Mistake:
    return Mistake(1, "", f"must be at most {MAX_BYTES} bytes", got=str(size))


def parse_config(raw: bytes, name: str = "config.yaml") -> Config:
    """Check the bytes of a configuration file; ``name`` stands in the messages.

    Raises
    ------
    InputError
        With every mistake in ``errors``.
    """
    tree = _Tree()
    values = read_yaml(raw, name, tree)
    mistakes = list(tree.mistakes)
    config = None
    if values is not None and not isinstance(values, dict):
        mistakes.append(Mistake(1, "", "should be a map of sections", got=_shown(values)))
    else:
        try:
            config = Config.model_validate(values or {})
        except ValidationError as error:
            mistakes += _told(error, tree)
    if mistakes or config is None:
        raise ConfigError(name, mistakes)
    return config


def read_yaml(raw: bytes, name: str, tree: _Tree | None = None) -> Any:
    """Turn YAML 1.2 into plain values, refusing what a configuration never needs.

    Raises
    ------
    InputError
        If the text is too large, not UTF-8, no YAML, too deep, or uses aliases or tags.
    """
    tree = tree if tree is not None else _Tree()
    if len(raw) > MAX_BYTES:
        raise ConfigError(name, [_too_large(len(raw))])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        mistake = Mistake(line, "", f"is not UTF-8 at byte {error.start}")
        raise ConfigError(name, [mistake]) from error
    try:
        _check_events(text, name)
        node = YAML(typ="safe", pure=True).compose(text)
        return None if node is None else _plain(node, (), tree)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = (error.problem or error.context or "is no YAML").strip()
        mistake = Mistake((mark.line + 1) if mark else 1, "", f"is no YAML: {said}")
        raise ConfigError(name, [mistake]) from error
    except (YAMLError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise ConfigError(name, [Mistake(1, "", f"is no YAML: {first}")]) from error


def plain_value(node: Node) -> Any:
    """The plain value of a node that ruamel.yaml composed."""
    return _plain(node, (), _Tree())


def _check_events(text: str, name: str) -> None:
    # An alias bomb is small and harmless until something walks it; so it is refused before
    # anything is built.
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            mistake = Mistake(line, "", "aliases are not allowed", got=f"*{event.anchor}")
            raise ConfigError(name, [mistake])
        tag = getattr(event, "tag", None)
        if tag is not None:
            # A configuration has plain values only; a tag asks a reader to build something else.
            mistake = Mistake(line, "", "tags are not allowed", got=_shown(str(tag)))
            raise ConfigError(name, [mistake])
        if depth > MAX_DEPTH:
            raise ConfigError(name, [Mistake(line, "", f"must be nested at most {MAX_DEPTH} deep")])


def _plain(node: Node, path: Path_, tree: _Tree) -> Any:
    tree.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _plain_map(node, path, tree)
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, index), tree) for index, item in enumerate(node.value)]
    return _plain_scalar(str(node.tag), str(node.value))


def _plain_map(node: MappingNode, path: Path_, tree: _Tree) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            tree.mistakes.append(Mistake(line, _dotted(path), "a key should be plain text"))
            continue
        key = str(key_node.value)
        here = (*path, key)
        if key in found:
            said = f"is given twice, first on line {tree.lines[here]}"
            tree.mistakes.append(Mistake(line, _dotted(here), said))
            continue
        tree.lines[here] = line
        found[key] = _plain(value_node, here, tree)
    return found


def _plain_scalar(tag: str, text: str) -> Any:
    match tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text.replace("_", ""), 0) if not text.isdigit() else int(text)
        case "float":
            lowered = text.lower().replace("_", "")
            return float(lowered.replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _told(error: ValidationError, tree: _Tree) -> list[Mistake]:
    told = []
    for item in error.errors(include_url=False):
        path = key_path(item["loc"])
        line = tree.line_of(path)
        if item["type"] == "extra_forbidden":
            told.append(Mistake(line, _dotted(path), _unknown(path)))
            continue
        said = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        allowed = find_allowed(tuple(str(part) for part in path))
        if "one of" in said or item["type"].startswith("enum"):
            allowed = ""
        without = isinstance(item["input"], dict) or item["type"] == "missing"
        got = "" if without else _shown(item["input"])
        told.append(Mistake(line, _dotted(path), said, allowed, got))
    return told


def key_path(loc: Sequence[str | int]) -> Path_:
    """Where pydantic found a mistake, as a path of keys: branches of a value are no keys."""
    return tuple(part for part in loc if part != "[key]" and part not in TAGS)


def _unknown(path: Path_) -> str:
    names = list_known_names(tuple(str(part) for part in path[:-1]))
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    if close:
        return f"unknown key, did you mean {close[0]}?"
    return f"unknown key, known here: {', '.join(names)}" if names else "unknown key"


def _dotted(path: Path_) -> str:
    return ".".join(str(part) for part in path) or "file"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _with_absolute_paths(config: Config, folder: Path) -> Config:
    storage, cameras = config.storage, config.cameras
    url = storage.database_url
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{folder / url.removeprefix('sqlite:///')}"
    return config.model_copy(
        update={
            "storage": storage.model_copy(
                update={"data_dir": folder / storage.data_dir, "database_url": url}
            ),
            "cameras": cameras.model_copy(
                update={
                    "file_dir": cameras.file_dir and folder / cameras.file_dir,
                    "model": cameras.model and folder / cameras.model,
                }
            ),
        }
    )


def read_secrets(data_dir: Path, environ: Mapping[str, str] = os.environ) -> Secrets:
    """Gather the secrets; keys that nobody gave are made once and kept in the data folder.

    Raises
    ------
    InputError
        If the file that ``PATROL_SECRETS_FILE`` names is missing or no map of texts.
    OutsideError
        If a new key cannot be written.
    """
    named = {}
    file = environ.get(SECRETS_VARIABLE)
    if file:
        named.update(_read_secrets_file(Path(file)))
    for variable, value in environ.items():
        if variable.startswith(SECRET_PREFIX):
            named[variable.removeprefix(SECRET_PREFIX).lower()] = value
    session_key = named.pop("session_key", None) or _kept_key(data_dir, "session")
    audit_key = named.pop("audit_key", None) or _kept_key(data_dir, "audit")
    return Secrets(session_key, audit_key.encode(), named)


def _read_secrets_file(path: Path) -> dict[str, str]:
    try:
        values = read_yaml(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(f"{SECRETS_VARIABLE}: {path}: {error.strerror or error}") from error
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise InputError(f"{SECRETS_VARIABLE}: {path} should be a map of names to texts")
    return {str(name).lower(): value for name, value in values.items()}


def _kept_key(data_dir: Path, name: str) -> str:
    folder = data_dir / "keys"
    path = folder / name
    draft = folder / f".{name}.{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            return _read_key(path)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        # Of two processes that start together one makes the key, and neither reads half of it.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    except OSError as error:
        raise OutsideError(
            f"data folder {data_dir} cannot be written: {error.strerror or error}; "
            f"give this user write permission or set storage.data_dir to another folder"
        ) from error
    return _read_key(path)


def _read_key(path: Path) -> str:
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise OutsideError(f"key {path} cannot be read: {error.strerror or error}") from error
    if len(key) < 16:
        raise OutsideError(f"key {path} must hold at least 16 characters, got {len(key)}")
    return key
