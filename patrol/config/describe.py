"""What every key of ``config.yaml`` is, read from the schema.

Docs, the commented file and error messages are made from it.
"""

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from patrol.config.schema import AUTO, Config, Section

ANY_KEY = "<name>"
"""Stands for a key that the county chooses, as in ``shifts.<name>.start``."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: where it is, what it is for, and what it may hold."""

    path: tuple[str, ...]
    description: str
    allowed: str
    """Range or choices in words, empty where the type says it all."""
    kind: str
    default: Any
    """As it is written in YAML: lists, maps and plain values; ``...`` where there is none."""
    low: float | None = None
    high: float | None = None
    """The range as numbers, where there is one; whether its ends belong to it says ``allowed``."""

    @property
    def dotted(self) -> str:
        """The key as it is named in messages: ``hotspots.half_life_d``."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the file: its path, what it is for, and whether its keys are chosen freely."""

    path: tuple[str, ...]
    description: str


def list_parts(model: type[Section] = Config, path: tuple[str, ...] = ()) -> Iterator[Part | Key]:
    """Sections and keys in the order of the schema, each section before its keys."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        inner = _section_of(field.annotation)
        if inner is None or _is_map(field.annotation):
            yield _key(here, field)
        else:
            yield Part(here, _first_line(inner))
            yield from list_parts(inner, here)


def _first_line(section: type[Section]) -> str:
    return (section.__doc__ or "").strip().splitlines()[0]


def list_keys(model: type[Section] = Config, path: tuple[str, ...] = ()) -> Iterator[Key]:
    """Every key that holds a value, in the order of the schema."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        inner = _section_of(field.annotation)
        if inner is None:
            yield _key(here, field)
        elif _is_map(field.annotation):
            yield _key(here, field)
            yield from list_keys(inner, (*here, ANY_KEY))
        else:
            yield from list_keys(inner, here)


def find_allowed(path: tuple[str, ...]) -> str:
    """The range or choices of the key at ``path``; empty where unknown or unbounded."""
    model: type[Section] = Config
    rest = list(path)
    while rest:
        field = model.model_fields.get(rest.pop(0))
        if field is None:
            return ""
        inner = _section_of(field.annotation)
        if inner is None or not rest:
            return describe_allowed(field)
        model = inner
        if _is_map(field.annotation):
            rest.pop(0)
    return ""


def list_known_names(path: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that exist in the section at ``path``; empty where the county chooses them."""
    model: type[Section] = Config
    rest = list(path)
    while rest:
        field = model.model_fields.get(rest.pop(0))
        inner = None if field is None else _section_of(field.annotation)
        if field is None or inner is None or (_is_map(field.annotation) and not rest):
            return ()
        model = inner
        if _is_map(field.annotation):
            rest.pop(0)
    return tuple(model.model_fields)


def is_free_map(path: tuple[str, ...]) -> bool:
    """Whether the county chooses the keys of the map at ``path``."""
    return any(
        key.path == path and key.kind == "map" and key.path[-1:] != (ANY_KEY,)
        for key in list_keys()
    )


def describe_allowed(field: FieldInfo) -> str:
    """A field's range, such as ``(0, 3650]``, or its choices."""
    low, high = "", ""
    for limit in _limits(field):
        if isinstance(limit, annotated_types.Gt):
            low = f"({_number(limit.gt)}"
        elif isinstance(limit, annotated_types.Ge):
            low = f"[{_number(limit.ge)}"
        elif isinstance(limit, annotated_types.Lt):
            high = f"{_number(limit.lt)})"
        elif isinstance(limit, annotated_types.Le):
            high = f"{_number(limit.le)}]"
    if low or high:
        word = " or auto" if takes_auto(field) else ""
        return f"{low or '(-inf'}, {high or 'inf)'}{word}"
    return ", ".join(_choices(field.annotation))


def takes_auto(field: FieldInfo) -> bool:
    """Whether ``auto`` may stand instead of the number."""
    return "auto" in _kind(field.annotation).split()


def find_range(field: FieldInfo) -> tuple[float | None, float | None]:
    """A field's lower and upper end, ``None`` where it has none."""
    low: float | None = None
    high: float | None = None
    for limit in _limits(field):
        low = getattr(limit, "gt", getattr(limit, "ge", low))
        high = getattr(limit, "lt", getattr(limit, "le", high))
    return low, high


def _limits(field: FieldInfo) -> list[Any]:
    found = list(field.metadata)
    # Bounds of a union's or map's members sit one level down: dict[str, Share].
    for part in typing.get_args(field.annotation):
        found += [item for item in getattr(part, "__metadata__", ()) if item is not None]
    flat: list[Any] = []
    for item in found:
        flat += item.metadata if isinstance(item, FieldInfo) else [item]
    return flat


def _number(value: Any) -> str:
    return f"{value:g}" if abs(value) < 1e6 else f"{value:,}".replace(",", " ")


def _choices(annotation: Any) -> list[str]:
    if typing.get_origin(annotation) is Literal:
        return [str(choice) for choice in typing.get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    if typing.get_origin(annotation) is tuple:
        return _choices(typing.get_args(annotation)[0])
    return ["true", "false"] if annotation is bool else []


def _is_map(annotation: Any) -> bool:
    return typing.get_origin(annotation) is dict


def _section_of(annotation: Any) -> type[Section] | None:
    """The section that a field is, or that a map of sections holds."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if _is_map(annotation):
        return _section_of(typing.get_args(annotation)[1])
    return None


def _key(path: tuple[str, ...], field: FieldInfo) -> Key:
    low, high = find_range(field)
    return Key(
        path=path,
        description=field.description or "",
        allowed=describe_allowed(field),
        kind=_kind(field.annotation),
        default=... if field.default is PydanticUndefined else _plain(field.default),
        low=low,
        high=high,
    )


def _kind(annotation: Any) -> str:
    names = {str: "text", int: "whole number", float: "number", bool: "yes or no", Path: "path"}
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(part) for part in typing.get_args(annotation))
    if origin is tuple:
        return f"list of {_kind(typing.get_args(annotation)[0])}"
    if origin is dict:
        return "map"
    if origin is typing.Annotated:
        return _kind(typing.get_args(annotation)[0])
    if annotation is type(None):
        return "null"
    if typing.get_args(annotation) == (AUTO,):
        return AUTO
    if _choices(annotation):
        return "one of"
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _plain(value: Any) -> Any:
    """A default as YAML writes it."""
    if isinstance(value, BaseModel):
        return {
            name: _plain(getattr(value, name))
            for name, field in type(value).model_fields.items()
            if field.is_required() or getattr(value, name) != field.default
        }
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value
