"""Tables of a recipe that are read only beside another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hybridcell._core.errors import FileFormatError

#: Steps of a recipe without [[studies]], and the table without which nothing reads each of them.
_NEEDS = {"evaluate": "split", "filter": "interactions", "compare": "interactions"}
#: Steps that studies do not take: they fit and score.
_NOT_IN_STUDIES = ("interactions", "filter", "compare", "screen_combinations", "write_sbml")


def check_steps(tables: Mapping[str, Any], *, where: str) -> None:
    """Refuse a recipe with a table that nothing would read, because of what else is there or is not.

    Parameters
    ----------
    tables
        The recipe as parsed and checked, overrides included.
    where
        Name of the file, for messages.

    Raises
    ------
    FileFormatError
        Naming the table, and the one that it needs or that excludes it.
    """
    if "studies" in tables:
        _check_studies(tables, where=where)
        return
    _check_one_fit(tables, where=where, table="")
    for name, needed in _NEEDS.items():
        if name in tables and needed not in tables:
            raise FileFormatError(
                f"{where}: [{name}] needs {_WHY[needed]}, and there is no [{needed}]. Add [{needed}], which "
                f"may be empty, or take [{name}] away."
            )


def _check_studies(tables: Mapping[str, Any], *, where: str) -> None:
    for name in _NOT_IN_STUDIES:
        if name in tables:
            raise FileFormatError(
                f"{where}: there is [{name}] and [[studies]]; studies fit and score only, so nothing would "
                f"read it. Put [{name}] into a recipe without [[studies]], or take it away."
            )
    _check_one_fit(tables, where=where, table="")
    for study in tables["studies"]:
        place = f"studies.{study['name']}"
        _check_one_fit(study, where=where, table=place)
        for model in study.get("models", []):
            _check_one_fit(model, where=where, table=f"{place}.models.{model['name']}")


def _check_one_fit(tables: Mapping[str, Any], *, where: str, table: str) -> None:
    if "fit" in tables and "fit_ensemble" in tables:
        place = f"{where}, [{table}]" if table else where
        raise FileFormatError(
            f"{place}: there is [fit] and [fit_ensemble]; a model is fitted one way. Keep one."
        )


_WHY = {"split": "held-out conditions", "interactions": "the interaction graph"}
