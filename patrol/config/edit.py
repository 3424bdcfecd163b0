"""Changing ``config.yaml`` by program: what is not changed stays as it is, to the letter.

The text is cut at the places where ruamel.yaml found the values; comments, order, quotes and
empty lines are never written anew. A change is checked as a whole before it lands, and what is on
disk is at every moment either the old file or the new one.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from patrol.config.describe import is_free_map
from patrol.config.document import write_entry, write_inline
from patrol.config.load import load_config, parse_config, plain_value, read_yaml
from patrol.config.schema import SWITCHES, Config
from patrol.model.errors import ConflictError, InputError, OutsideError


def config_digest(path: Path) -> str:
    """What tells one state of the file from another: SHA-256 of its bytes."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise OutsideError(f"{path}: cannot be read: {error.strerror or error}") from error


def edit_config(path: Path, changes: Mapping[str, Any], *, expected: str | None = None) -> Config:
    """Merge changes into the file and give the configuration as it is from now on.

    Parameters
    ----------
    path
        The file; it must be valid before.
    changes
        A part of the tree, such as ``{"hotspots": {"half_life_d": 90}}``. In maps whose keys the
        county chooses (``hotspots.kinds``, ``shifts``) an entry of ``None`` is taken out, and so
        are the switches of older files (``hotspots.learn``).
    expected
        :func:`config_digest` of the file that the change was based on.

    Raises
    ------
    ConflictError
        If somebody changed the file since ``expected``.
    InputError
        If the changed file would have mistakes; the file then stays as it is.
    OutsideError
        If the file cannot be written.
    """
    with locked(path.parent):
        digest = config_digest(path)
        if expected is not None and digest != expected:
            raise ConflictError(
                f"{path.name} was changed by somebody else since it was read; read it again"
            )
        load_config(path)
        changed = merge_text(path.read_bytes().decode("utf-8-sig"), changes)
        parse_config(changed.encode(), path.name)
        _write_whole(path, changed)
    return load_config(path)


def merge_text(text: str, changes: Mapping[str, Any]) -> str:
    """The YAML text with the changes merged in, everything else as it was.

    Raises
    ------
    InputError
        If the file is written in a way that cannot be changed without rewriting it.
    """
    root = YAML(typ="safe", pure=True).compose(text)
    merged = merge_values({} if root is None else plain_value(root), changes)
    if not isinstance(root, MappingNode):
        end = "" if not text or text.endswith("\n") else "\n"
        parts = [write_entry(name, value, "") for name, value in merged.items()]
        changed = text + end + "".join(parts)
    else:
        editor = _Editor(text)
        editor.edit_map(root, changes, ())
        changed = editor.apply()
    if (read_yaml(changed.encode(), "config.yaml") or {}) != merged:
        raise InputError("config.yaml is written in a form that only a person can change")
    return changed


def merge_values(
    values: Mapping[str, Any], changes: Mapping[str, Any], path: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The plain tree with the changes merged in."""
    merged = dict(values)
    for name, value in changes.items():
        here = (*path, str(name))
        if value is None and can_go(here):
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            known = merged.get(name)
            merged[name] = merge_values(known if isinstance(known, dict) else {}, value, here)
        else:
            merged[name] = _plain(value)
    return merged


def can_go(path: tuple[str, ...]) -> bool:
    """Whether ``None`` takes the entry at ``path`` out: the county's own, and older switches."""
    return is_free_map(path[:-1]) or path == ("hotspots", SWITCHES)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


@dataclass(slots=True)
class _Editor:
    """Gathers cuts into the text and makes them all at the end, last one first."""

    text: str
    cuts: list[tuple[int, int, str]] = field(default_factory=list)

    def apply(self) -> str:
        """The text with every cut made."""
        text = self.text
        # Of two cuts at one place the one that was gathered first comes first in the text.
        for start, end, put in sorted(self.cuts, key=lambda cut: cut[0])[::-1]:
            text = text[:start] + put + text[end:]
        return text

    def edit_map(
        self, node: MappingNode, changes: Mapping[str, Any], path: tuple[str, ...]
    ) -> None:
        """Merge changes into a block map of which at least one entry stays."""
        entries = {str(key.value): (key, value) for key, value in node.value}
        fresh: dict[str, Any] = {}
        gone: set[str] = set()
        for name, value in changes.items():
            here = (*path, str(name))
            if value is None and can_go(here):
                if name in entries:
                    gone.add(name)
                    self._take_out(*entries[name])
            elif name not in entries:
                fresh[name] = merge_values({}, value, here) if isinstance(value, Mapping) else value
            else:
                self._change(*entries[name], value, here)
        left = [entry for name, entry in entries.items() if name not in gone]
        self._add(node, left[-1], fresh)

    def _change(self, key: Node, node: Node, value: Any, path: tuple[str, ...]) -> None:
        old = plain_value(node)
        if not isinstance(value, Mapping):
            if old != _plain(value) or isinstance(old, bool) != isinstance(value, bool):
                self._replace(key, node, value)
            return
        merged = merge_values(old if isinstance(old, dict) else {}, value, path)
        if merged == old:
            return
        stays = isinstance(old, dict) and not old.keys().isdisjoint(merged)
        if stays and isinstance(node, MappingNode) and not node.flow_style:
            self.edit_map(node, value, path)
        else:
            self._replace(key, node, merged)

    def _replace(self, key: Node, node: Node, value: Any) -> None:
        colon = self.text.index(":", key.end_mark.index) + 1
        nested = isinstance(value, Mapping) and any(isinstance(v, dict) for v in value.values())
        if nested and not _is_inside_flow(self.text, key):
            indent = " " * key.start_mark.column
            put = "\n" + "".join(
                write_entry(name, item, indent + "  ") for name, item in value.items()
            )
            put = put.rstrip("\n")
            line_end = self._line_end(self._end(key, node))
            comment = self.text[self._end(key, node) : line_end].rstrip()
            self.cuts.append((colon, line_end, (f" {comment.strip()}" if comment else "") + put))
            return
        self.cuts.append((colon, self._end(key, node), f" {write_inline(_plain(value))}"))

    def _take_out(self, key: Node, node: Node) -> None:
        start = self.text.rfind("\n", 0, key.start_mark.index) + 1
        end = self._line_end(self._end(key, node))
        self.cuts.append((start, min(end + 1, len(self.text)), ""))

    def _add(self, node: MappingNode, after: tuple[Node, Node], fresh: Mapping[str, Any]) -> None:
        if not fresh:
            return
        end = self._line_end(self._end(*after))
        indent = " " * node.value[0][0].start_mark.column
        parts = [write_entry(name, item, indent) for name, item in fresh.items()]
        # One cut, because several at one place would come out in reverse.
        self.cuts.append((end, end, "\n" + "".join(parts).rstrip("\n")))

    def _line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found

    def _end(self, key: Node, node: Node) -> int:
        """Where the value's last character is; a block's own mark lies beyond comments below."""
        if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(*last) if isinstance(last, tuple) else self._end(last, last)
        if isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index:
            return self.text.index(":", key.end_mark.index) + 1
        end = int(node.end_mark.index)
        while end and self.text[end - 1] in "\r\n":
            end -= 1
        return end


def _is_inside_flow(text: str, key: Node) -> bool:
    """Whether the key is not the first thing on its line, as in ``{a: 1}``."""
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    return bool(text[start : key.start_mark.index].strip())


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others out who lock the same folder, in this process and in all others of the machine.

    Raises
    ------
    OutsideError
        If there is no such folder.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be opened: {error.strerror or error}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with draft.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutsideError(f"{path}: cannot be written: {error.strerror or error}") from error
