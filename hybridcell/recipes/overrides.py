"""Changes to a recipe: `fit.steps=200` from the command line, and the [smoke] table."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from hybridcell._core.errors import InvalidValueError, unknown_name

# What a shell user types without quotes and means as text: a name or a path.
_WORD = re.compile(r"[A-Za-z_./~][\w./~+-]*")


def parse_overrides(texts: Iterable[str]) -> dict[str, Any]:
    """Return nested tables from texts such as "fit.steps=200".

    Values are TOML; a single word may stand without quotes. A table of an array is addressed by its name,
    all of them by a star: ``studies.*.fit.steps=3``.

    Raises
    ------
    InvalidValueError
        When a text has no "=", or is not TOML.

    Examples
    --------
    >>> parse_overrides(["fit.steps=200", "data.dataset=demo"])
    {'fit': {'steps': 200}, 'data': {'dataset': 'demo'}}
    """
    merged: dict[str, Any] = {}
    for text in texts:
        key, equals, value = str(text).partition("=")
        if not equals or not key.strip():
            raise InvalidValueError(
                f"The override {text!r} has no value; wanted table.key=value, as in fit.steps=200."
            )
        merged = merge(merged, _parse(key.strip(), value.strip(), text))
    return merged


def _parse(key: str, value: str, text: str) -> dict[str, Any]:
    key = re.sub(r"(^|\.)\*(?=\.|$)", r'\1"*"', key)
    try:
        return tomllib.loads(f"{key} = {value}")
    except tomllib.TOMLDecodeError as error:
        if _WORD.fullmatch(value):
            return _parse(key, f'"{value}"', text)
        raise InvalidValueError(
            f"The override {text!r} is not TOML ({error}). Numbers and true/false stand bare, other text in "
            "quotes, names with spaces too."
        ) from None


def merge(tables: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables with changes laid over them.

    A table changes key by key. Onto an array of tables, a table is laid by name: each of its keys is the
    ``name`` of an entry, or "*" for all entries.

    Raises
    ------
    UnknownNameError
        When an array has no entry of that name.
    """
    merged = dict(tables)
    for key, change in changes.items():
        old = merged.get(key)
        if isinstance(change, Mapping) and isinstance(old, Mapping):
            merged[key] = merge(old, change)
        elif isinstance(change, Mapping) and isinstance(old, list):
            merged[key] = _merge_entries(old, change, key)
        else:
            merged[key] = change
    return merged


def _merge_entries(entries: list[Any], changes: Mapping[str, Any], key: str) -> list[Any]:
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise InvalidValueError(f"{key} is a list without names; set it as a whole, as in {key}=[1, 2].")
    names = [str(entry.get("name")) for entry in entries]
    merged = list(entries)
    for name, change in changes.items():
        if name != "*" and name not in names:
            raise unknown_name(f"entry of [[{key}]]", name, names)
        if not isinstance(change, Mapping):
            raise InvalidValueError(
                f"{key}.{name} is a table; set one of its keys, as in {key}.{name}.key=1."
            )
        merged = [merge(e, change) if name in ("*", n) else e for e, n in zip(merged, names)]
    return merged
