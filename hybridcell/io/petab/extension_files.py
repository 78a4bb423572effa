"""Files that extensions name which are not read: they go along where a problem is written again."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hybridcell.io.petab.document import SCIML, inside
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.statement import Statement


def extension_files(statement: Statement) -> dict[str, Path]:
    """Return relative path -> file, for each file of the problem's folder that such an extension names.

    What the keys of an unknown extension mean is not known: whatever text in it is the path of a file counts.
    Folders, and files outside of the problem's folder, are left behind with a warning.
    """
    folder, found = statement.file.parent, dict[str, Path]()
    for name, section in (statement.yaml.get("extensions") or {}).items():
        for text in () if name in SCIML else _texts(section):
            if not text.strip() or not os.path.exists(folder / text):
                continue
            path = path_inside(statement, text)
            if path is None:
                warnings.warn(
                    f"The extension {name!r} names {text!r}, which is no file in the folder of the problem "
                    "and is not copied; copy it yourself.",
                    UserWarning,
                    stacklevel=3,
                )
            else:
                found[path] = folder / path
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list)):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)


def path_inside(statement: Statement, text: str) -> str | None:
    """Return the shortest form of a path to a file that does not leave the folder, links followed."""
    folder = statement.file.parent
    try:
        path = inside(statement.file.name, "extensions", text)
    except PetabError:
        return None
    stays = (folder / path).resolve().is_relative_to(folder.resolve())
    return path if stays and os.path.isfile(folder / path) else None
