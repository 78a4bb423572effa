"""A recipe: a TOML file that says what to fit, how to judge it and what to write."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hybridcell._core.errors import FileFormatError, nearest
from hybridcell._core.html import card
from hybridcell._core.shipped import shipped_names, shipped_path
from hybridcell.recipes.overrides import merge, parse_overrides
from hybridcell.recipes.schema import check_files, check_recipe
from hybridcell.recipes.steps import check_steps


@dataclass(frozen=True, eq=False)
class Recipe:
    """A recipe that has been read and checked.

    Attributes
    ----------
    name
        Name of the file without suffix.
    path
        The file; paths inside are relative to its folder.
    tables
        All tables, overrides applied.
    changed
        The overrides, empty for the recipe as written.
    smoke
        Whether the [smoke] table was applied.

    Examples
    --------
    >>> from hybridcell.recipes import read_recipe
    >>> read_recipe("demo", set=["fit_ensemble.n=2"]).tables["fit_ensemble"]["n"]
    2
    """

    name: str
    path: Path
    tables: dict[str, Any]
    changed: dict[str, Any] = field(default_factory=dict)
    smoke: bool = False

    @property
    def title(self) -> str:
        """One line that says what the recipe does."""
        return str(self.tables.get("title", self.name))

    @property
    def judged(self) -> bool:
        """Whether [expect] applies: it states what the recipe gives as written."""
        return not self.smoke and not self.changed

    def table(self, name: str) -> dict[str, Any] | None:
        """Return one table, or None when the recipe lacks it."""
        found = self.tables.get(name)
        return None if found is None else dict(found)

    def __repr__(self) -> str:
        return f"Recipe({self.name!r}: {self.title})"

    def _repr_html_(self) -> str:
        tables = {k: v for k, v in self.tables.items() if k not in ("title", "description", "smoke")}
        return card(self.title, {"recipe": self.name, **tables})


def read_recipe(
    path_or_name: str | os.PathLike[str],
    *,
    set: Mapping[str, Any] | Sequence[str] | None = None,
    smoke: bool = False,
) -> Recipe:
    """Read a recipe and check every table and key before anything runs.

    Parameters
    ----------
    path_or_name
        A TOML file, or the name of a shipped recipe.
    set
        Overrides: texts such as "fit.steps=200", or nested (or dotted) tables such as {"fit.steps": 200}.
    smoke
        Apply the recipe's [smoke] table first: settings that make it a test of seconds.

    Returns
    -------
    Recipe

    Raises
    ------
    UnknownNameError
        When there is no such recipe.
    FileFormatError
        When the file is not TOML, a table or key means nothing (the message names the nearest valid one), a
        table would not be read beside the others, or a file that it names is not there.

    Examples
    --------
    >>> from hybridcell.recipes import read_recipe
    >>> read_recipe("demo").name
    'demo'
    """
    path = _find(path_or_name)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileFormatError(f"{path} is not TOML: {error}.") from error
    check_recipe(tables, where=path.name)
    if smoke and "smoke" not in tables:
        raise FileFormatError(f"{path.name} has no [smoke] table, so there is no smoke run of it.")
    overrides = tables.pop("smoke", {})
    if smoke:
        tables = merge(tables, overrides)
        check_recipe(tables, where=f"{path.name} with [smoke]")
    changed = _nested(set)
    if changed:
        tables = merge(tables, changed)
        check_recipe(tables, where=f"{path.name} with overrides")
    check_files(tables, path.resolve().parent, where=path.name)
    check_steps(tables, where=path.name)
    return Recipe(name=path.stem, path=path.resolve(), tables=tables, changed=changed, smoke=smoke)


def _find(path_or_name: str | os.PathLike[str]) -> Path:
    path = Path(path_or_name).expanduser()
    if os.path.isfile(path):
        return path
    if os.fspath(path_or_name) in shipped_names("training"):
        return shipped_path("training", os.fspath(path_or_name))  # also beside a folder of that name
    if os.path.isdir(path):
        raise FileFormatError(f"{path} is a folder; wanted a recipe, a TOML file.")
    text = os.fspath(path_or_name)
    if path.suffix == ".toml" or path.name != text:
        names = [p.name for p in path.parent.glob("*.toml")] if os.path.isdir(path.parent) else []
        guess = nearest(path.name, names)
        hint = f" Did you mean {str(path.parent / guess)!r}?" if guess else ""
        shipped = ", ".join(shipped_names("training"))
        raise FileFormatError(
            f"There is no recipe {text!r}.{hint} Recipes that ship with hybridcell: {shipped}."
        )
    return shipped_path("training", text)


def _nested(changes: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    if not changes:
        return {}
    if isinstance(changes, str):
        return parse_overrides([changes])
    if not isinstance(changes, Mapping):
        return parse_overrides(changes)
    nested: dict[str, Any] = {}
    for key, value in changes.items():
        for part in reversed(str(key).split(".")):
            value = {part: value}
        nested = merge(nested, value)
    return nested
