"""What the folders of all networks have in common: `network.toml`, and files that must exist."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import FileFormatError

if TYPE_CHECKING:
    import pandas as pd

_FORMS = ("cellbox", "sbml")


def existing(path: Path) -> Path:
    """Return the path of a file that must exist."""
    if not os.path.isfile(path):
        raise FileFormatError(f"{path.parent}: the file {path.name} is missing.")
    return path


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Return a table that must exist and be one."""
    import pandas as pd

    try:
        return pd.read_csv(existing(path), **options)
    except ValueError as error:  # no text, no columns, or rows of other lengths
        raise FileFormatError(f"{path} is no table: {error}.") from None


def read_about(folder: Path) -> dict[str, Any]:
    """Read `network.toml` and check what every network states."""
    path = existing(folder / "network.toml")
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{path} is not TOML: {error}.") from None
    require(path, about, ("name", "title", "description", "form"))
    if about["form"] not in _FORMS:
        raise FileFormatError(f"{path}: form is {about['form']!r}; wanted one of {_FORMS}.")
    if about["name"] != folder.name:
        raise FileFormatError(f"{path}: name is {about['name']!r}, but the folder is {folder.name!r}.")
    return about


def require(path: Path, about: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Check that a table of a TOML file has some keys."""
    for key in keys:
        if key not in about:
            raise FileFormatError(f"{path}: the key {key!r} is missing.")
