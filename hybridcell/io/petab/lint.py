"""What the `petab` package says about a problem, where it is installed."""

from __future__ import annotations

import logging
import os
from pathlib import Path


def lint_with_petab(path: str | os.PathLike[str]) -> list[str] | None:
    """Return the complaints of the linter of the optional `petab` package.

    Parameters
    ----------
    path
        The YAML file.

    Returns
    -------
    list of str or None
        One text a complaint, empty if there are none; None if the package is not installed.
    """
    try:
        from petab.v1.lint import lint_problem  # pyright: ignore[reportMissingImports]
        from petab.v1.problem import Problem  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    from hybridcell.io.petab.document import read_document

    if read_document(Path(path)).version == 2:
        return _version_2(path)
    said: list[str] = []
    handler = _Listener(said)
    logger = logging.getLogger("petab")
    logger.addHandler(handler)
    try:
        found = lint_problem(Problem.from_yaml(os.fspath(path)))
    except Exception as error:  # the linter raises whatever its readers raise
        return [*said, f"{type(error).__name__}: {error}"]
    finally:
        logger.removeHandler(handler)
    return said or ["The linter of petab finds an error, and does not say which."] if found else []


def _version_2(path: str | os.PathLike[str]) -> list[str] | None:
    try:
        from petab.v2.lint import lint_problem  # pyright: ignore[reportMissingImports]
    except ImportError:  # an older petab knows version 1 only
        return None
    try:
        return [str(issue) for issue in lint_problem(os.fspath(path))]
    except Exception as error:  # as above
        return [f"{type(error).__name__}: {error}"]


class _Listener(logging.Handler):
    def __init__(self, said: list[str]):
        super().__init__(logging.ERROR)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
