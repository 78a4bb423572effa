"""Tables for visualization: not read, they go along where a problem is written again."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from hybridcell.io.petab.extension_files import path_inside
from hybridcell.io.petab.statement import Statement

KEY = "visualization_files"


def visualization_files(statement: Statement) -> dict[str, Path]:
    """Return relative path -> file, for each such table in the problem's folder.

    Addresses stay in the YAML file as they are; what else is no file in the folder stays there, too, with a
    warning.
    """
    folder, found = statement.file.parent, dict[str, Path]()
    for text in _named(statement):
        path = path_inside(statement, text)
        if path is not None:
            found[path] = folder / path
        elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text):
            warnings.warn(
                f"{KEY} names {text!r}, which is no file in the folder of the problem and is not copied; "
                "copy it yourself.",
                UserWarning,
                stacklevel=3,
            )
    return found


def _named(statement: Statement) -> Iterator[str]:
    problems = statement.yaml.get("problems", []) if statement.version == 1 else []
    for section in (statement.yaml, *problems):
        files = section.get(KEY) or []
        yield from (str(file) for file in (files if isinstance(files, list) else [files]))
