"""What a recipe may say: a table is named after a public function and takes its keyword arguments."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from hybridcell._core.errors import FileFormatError, nearest
from hybridcell._core.number_checks import is_number, is_whole

#: Tables that describe a recipe or say how to treat it, with the keys each may have (None: any).
_ABOUT = ("title", "description", "seed")
_OUTPUT = ("folder",)
_STUDY = ("name", "split", "models", "model", "residual", "fit", "fit_ensemble", "evaluate")
_STUDY_MODEL = ("name", "model", "residual", "fit", "fit_ensemble")
#: Options of [model] that are tables, and in a recipe the paths of files.
FILES = ("prior", "drug_targets", "drug_similarity")
_EXPECTATION = ("value", "tolerance", "at_least", "at_most")


def check_recipe(tables: Mapping[str, Any], *, where: str) -> None:
    """Refuse a recipe with a table or key that nothing reads.

    Parameters
    ----------
    tables
        The recipe as parsed, overrides included.
    where
        Name of the file, for messages.

    Raises
    ------
    FileFormatError
        Naming file, table, key and the nearest valid key.
    """
    known = (*_ABOUT, "output", "studies", "expect", "smoke", *_functions())
    for name in tables:
        _known("table or key", name, known, where=where, table="")
    for name in _ABOUT[:2]:
        if not isinstance(tables.get(name, ""), str):
            raise FileFormatError(f"{where}: {name} is {tables[name]!r}; wanted text.")
    seed = tables.get("seed", 0)
    if not is_whole(seed) or seed < 0:
        raise FileFormatError(f"{where}: seed is {seed!r}; wanted a whole number, 0 or more.")
    for name in ("smoke", "expect"):
        if not isinstance(tables.get(name, {}), Mapping):
            raise FileFormatError(f"{where}: {name} is {tables[name]!r}; wanted a table, [{name}].")
    if "data" not in tables:
        raise FileFormatError(
            f"{where}: the table [data] is missing; it names the data set, as in dataset = 'demo'."
        )
    for name in _functions():
        if name in tables:
            _check_table(tables[name], name, where=where, table=name)
    _keys(tables.get("output", {}), _OUTPUT, where=where, table="output")
    folder = tables.get("output", {}).get("folder", "")
    if not isinstance(folder, str):
        raise FileFormatError(f"{where}, [output]: folder is {folder!r}; wanted text.")
    _check_studies(tables.get("studies", []), where=where)
    if "studies" in tables and "split" in tables:
        raise FileFormatError(
            f"{where}: there is [split] and [[studies]]; a study brings its own split. Keep one."
        )
    for name, wanted in flat_expectations(tables.get("expect", {})).items():
        _keys(wanted, _EXPECTATION, where=where, table=f"expect.{name}")
        for key, number in wanted.items():
            if not is_number(number):
                raise FileFormatError(f"{where}, [expect.{name}]: {key} is {number!r}; wanted a number.")


def valid_keys(table: str, value: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that a table may have; for [data] they depend on the data set it names."""
    if table == "data":
        return ("dataset", *data_options(str(value.get("dataset", ""))))
    return _functions()[table]


def data_options(dataset: str) -> tuple[str, ...]:
    """Return the options of a data set by name, or those of reading an .h5ad file."""
    from hybridcell.data import PerturbationData, datasets

    if is_path(dataset):
        return _arguments(PerturbationData.from_anndata, without=("adata",))
    source = getattr(datasets, dataset, None) if dataset in datasets.__all__ else None
    if source is None:
        return ()
    options = _arguments(source)
    if any(p.kind is p.VAR_KEYWORD for p in inspect.signature(source).parameters.values()):
        from hybridcell.data.synthetic import simulate_screen

        options = tuple(dict.fromkeys((*options, *_arguments(simulate_screen, without=("network",)))))
    return options


def is_path(dataset: str) -> bool:
    """Return whether a data set is given as a file."""
    return dataset.endswith(".h5ad") or "/" in dataset


def flat_expectations(expect: Mapping[str, Any], prefix: str = "") -> dict[str, Mapping[str, Any]]:
    """Return [expect] with dotted metric names: the leaves are the tables that hold a number."""
    flat: dict[str, Mapping[str, Any]] = {}
    for name, value in expect.items():
        if not isinstance(value, Mapping):
            flat[prefix + name] = {"value": value}
        elif any(isinstance(v, Mapping) for v in value.values()):
            flat |= flat_expectations(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


@cache
def _functions() -> dict[str, tuple[str, ...]]:
    """Return the keys of every table that is a call of a public function."""
    from hybridcell.data.split import split
    from hybridcell.evaluate import evaluate
    from hybridcell.fit import fit, fit_ensemble
    from hybridcell.fit.settings import FitSettings
    from hybridcell.graph import Interactions, interactions
    from hybridcell.io import write_sbml
    from hybridcell.mechanisms import CellBox
    from hybridcell.mechanisms.cellbox.from_data import network_from_data
    from hybridcell.neural import NeuralResidual
    from hybridcell.therapy import screen_combinations

    settings = tuple(f.name for f in fields(FitSettings))
    given = ("model", "data", "progress")
    structure = _arguments(
        CellBox.__init__, without=("edge_prior", "drug_effects", "doses", "names", "kinds", "weights")
    )
    build = _arguments(network_from_data, without=("data",))
    return {
        "data": ("dataset",),
        "split": ("n", *_arguments(split, without=("data",))),
        "model": tuple(
            dict.fromkeys(("kind", *_arguments(CellBox.from_data, without=("data",)), *build, *structure))
        ),
        "residual": _arguments(NeuralResidual.__init__),
        "fit": (*_arguments(fit, without=(*given, "executor")), *settings),
        "fit_ensemble": (*_arguments(fit_ensemble, without=(*given, "executor")), *settings),
        "evaluate": _arguments(evaluate, without=("model_or_ensemble", "data", "train")),
        "interactions": _arguments(interactions, without=("model",)),
        "filter": _arguments(Interactions.filter),
        "compare": _arguments(Interactions.compare),
        "screen_combinations": _arguments(screen_combinations, without=("model", "executor")),
        "write_sbml": _arguments(write_sbml, without=("model", "path")),
    }


def _arguments(function: Callable[..., Any], *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return tuple(
        p.name for p in parameters if p.kind in named and p.name not in ("self", "progress", *without)
    )


def _check_table(value: Any, kind: str, *, where: str, table: str) -> None:
    if not isinstance(value, Mapping):
        raise FileFormatError(f"{where}: {table} is {value!r}; wanted a table, [{table}].")
    if kind == "data":
        _check_dataset(value, where=where)
    _keys(value, valid_keys(kind, value), where=where, table=table)
    if isinstance(value.get("solve"), Mapping):
        from hybridcell.simulate import Solve

        _keys(value["solve"], tuple(f.name for f in fields(Solve)), where=where, table=f"{table}.solve")


def _check_dataset(value: Mapping[str, Any], *, where: str) -> None:
    from hybridcell.data import datasets

    dataset = value.get("dataset")
    if not isinstance(dataset, str):
        raise FileFormatError(
            f"{where}, [data]: dataset is missing; wanted a name of hc.datasets or an .h5ad file."
        )
    if not is_path(dataset):
        _known("dataset", dataset, datasets.__all__, where=where, table="data")


def _check_studies(studies: Any, *, where: str) -> None:
    if not isinstance(studies, list) or not all(isinstance(s, Mapping) for s in studies):
        raise FileFormatError(f"{where}: studies is no list of tables; write [[studies]].")
    named: set[str] = set()
    for i, study in enumerate(studies):
        table = f"studies.{study.get('name', i + 1)}"
        _keys(study, _STUDY, where=where, table=table)
        for needed in ("name", "split"):
            if needed not in study:
                raise FileFormatError(f"{where}, [{table}]: {needed} is missing.")
        _name(study["name"], named, "studies", where=where, table=table)
        models = study.get("models", [])
        if not isinstance(models, list) or not all(isinstance(model, Mapping) for model in models):
            raise FileFormatError(
                f"{where}, [{table}]: models is no list of tables; write [[studies.models]]."
            )
        parts, called = [(study, table)], set[str]()
        for j, model in enumerate(models):
            place = f"{table}.models.{model.get('name', j + 1)}"
            _keys(model, _STUDY_MODEL, where=where, table=place)
            if "name" not in model:
                raise FileFormatError(
                    f"{where}, [{place}]: name is missing; it is what tables call this model."
                )
            _name(model["name"], called, "models of a study", where=where, table=place)
            parts.append((model, place))
        for part, place in parts:
            for kind in _functions():
                if kind in part:
                    _check_table(part[kind], kind, where=where, table=f"{place}.{kind}")


def _name(name: Any, taken: set[str], what: str, *, where: str, table: str) -> None:
    """Refuse a name that is no text, or that another one of its kind has."""
    if not isinstance(name, str) or not name:
        raise FileFormatError(f"{where}, [{table}]: name is {name!r}; wanted text.")
    if name in taken:
        raise FileFormatError(f"{where}: two {what} have the name {name!r}; names must differ.")
    taken.add(name)


def _keys(value: Mapping[str, Any], valid: tuple[str, ...], *, where: str, table: str) -> None:
    if not isinstance(value, Mapping):
        raise FileFormatError(f"{where}: {table} is {value!r}; wanted a table, [{table}].")
    for key in value:
        _known("key", key, valid, where=where, table=table)


def _known(what: str, name: str, valid: tuple[str, ...] | list[str], *, where: str, table: str) -> None:
    if name in valid:
        return
    guess = nearest(name, valid)
    hint = f" Did you mean {guess!r}?" if guess else ""
    place = f"{where}, [{table}]" if table else where
    raise FileFormatError(f"{place}: there is no {what} {name!r}.{hint} Known: {', '.join(valid) or 'none'}.")


def check_files(tables: Mapping[str, Any], folder: Path, *, where: str) -> None:
    """Refuse a recipe that names a file which is not there, before hours of work end at it.

    Raises
    ------
    FileFormatError
        Naming the table and where the file was looked for.
    """
    if is_path(str(tables["data"]["dataset"])):
        resolve(tables["data"]["dataset"], folder, where=where, table="data")
    edges = tables.get("compare", {}).get("edges", "truth")
    if not isinstance(edges, str):
        raise FileFormatError(
            f"{where}, [compare]: edges is {edges!r}; wanted 'truth' or the path of a file."
        )
    if edges != "truth":
        resolve(edges, folder, where=where, table="compare")
    parts = [("", tables)]
    for study in tables.get("studies", []):
        parts += [(f"studies.{study['name']}.", study)]
        parts += [(f"studies.{study['name']}.models.{m['name']}.", m) for m in study.get("models", [])]
    for place, part in parts:
        for name in FILES:
            if isinstance(path := part.get("model", {}).get(name), str):
                resolve(path, folder, where=where, table=f"{place}model")


def resolve(path: str, folder: Path, *, where: str, table: str) -> Path:
    """Return a file that a recipe names, relative to the recipe's folder."""
    found = Path(path).expanduser()
    found = found if found.is_absolute() else folder / found
    if not os.path.isfile(found):
        raise FileFormatError(f"{where}, [{table}]: there is no file {path!r} (looked for {found}).")
    return found
