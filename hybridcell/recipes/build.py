"""From the tables of a recipe to data, models and fits: values become arguments, paths become tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax.random as jr

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.model import AbstractModel
from hybridcell._core.number_checks import is_whole
from hybridcell.data import as_perturbation_data
from hybridcell.data.split import split, splits
from hybridcell.fit import Ensemble, Fit, fit, fit_ensemble
from hybridcell.mechanisms import CellBox
from hybridcell.neural import NeuralResidual
from hybridcell.recipes.schema import FILES, data_options, is_path, resolve
from hybridcell.simulate import Solve

if TYPE_CHECKING:
    from anndata import AnnData

    from hybridcell.data import PerturbationData
    from hybridcell.recipes.recipe import Recipe

#: Splits that there are several of; the others cut a screen in one way.
_MANY = ("random", "random-partition", "drug", "leave-one-drug-out", "context")
#: Tables that take a key, in the order by which they derive it from the recipe's seed.
_KEYED = ("model", "residual", "fit", "fit_ensemble")


@dataclass(frozen=True)
class Builder:
    """Calls public functions with the tables of one recipe."""

    recipe: Recipe

    @property
    def folder(self) -> Path:
        """Folder that paths in the recipe are relative to."""
        return self.recipe.path.parent

    @property
    def seed(self) -> int:
        """What every seed and key comes from that a table does not state."""
        return int(self.recipe.tables.get("seed", 0))

    def data(self) -> AnnData:
        """Load the data set."""
        table = dict(self.recipe.tables["data"])
        dataset = table.pop("dataset")
        if is_path(dataset):
            return self._h5ad(dataset, table)
        from hybridcell.data import datasets

        if "seed" in data_options(dataset):
            table.setdefault("seed", self.seed)
        return getattr(datasets, dataset)(**table)

    def _h5ad(self, dataset: str, options: Mapping[str, Any]) -> AnnData:
        from hybridcell.data import PerturbationData, load_h5ad

        path = resolve(dataset, self.folder, where=self.recipe.path.name, table="data")
        read = load_h5ad(path)
        return PerturbationData.from_anndata(read, **options).to_anndata() if options else read

    def split(self, data: AnnData, table: Mapping[str, Any]) -> tuple[AnnData, AnnData]:
        """Cut a screen once."""
        if "n" in table:
            raise InvalidValueError(
                "[split] makes one training and one test part; n belongs to the split of [[studies]]."
            )
        return split(data, **self._seeded(table))

    def splits(
        self, data: Any, table: Mapping[str, Any]
    ) -> Iterator[tuple[PerturbationData, PerturbationData]]:
        """Cut a screen in every way that a study asks for; n limits how many."""
        options = self._seeded(table)
        count, screen = options.pop("n", None), as_perturbation_data(data)
        if count is not None and (not is_whole(count) or count < 1):
            raise InvalidValueError(f"n of a split is {count!r}; wanted a whole number, at least 1.")
        by = options.get("by", "random")
        if by not in _MANY or any(name in options for name in ("drug", "context")):
            return iter([split(screen, **options)])
        if by.startswith("random"):
            return splits(screen, n=10 if count is None else count, **options)
        return itertools.islice(splits(screen, **options), count)

    def _seeded(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of a split with the recipe's seed, where there is a choice that needs one."""
        is_random = str(table.get("by", "random")).startswith("random")
        return {"seed": self.seed, **table} if is_random else dict(table)

    def model(self, train: Any, tables: Mapping[str, Any], *, screen: Any) -> AbstractModel:
        """Make the model from the training part: a mechanism, plus a residual where the recipe has one.

        Of `screen`, the whole of it, only the strengths of drugs are read, and only when the recipe asks.
        """
        table = self._keyed("model", tables.get("model", {}))
        check_choice("[model] kind", table.pop("kind", "CellBox"), ("CellBox",))
        if table.get("drug_strengths") == "screen":
            table["drug_strengths"] = largest_strengths(screen)
        mechanism = CellBox.from_data(train, **self._with_tables(table))
        if "residual" not in tables:
            return mechanism
        residual = self._keyed("residual", tables["residual"])
        if residual.get("bound") == float("inf"):
            residual["bound"] = None  # TOML has no None
        return mechanism + NeuralResidual(**residual)

    def fit(
        self, model: AbstractModel, data: Any, tables: Mapping[str, Any], *, progress: bool | None
    ) -> Fit | Ensemble:
        """Fit one model, or an ensemble where the recipe has [fit_ensemble]."""
        kind = "fit_ensemble" if "fit_ensemble" in tables else "fit"
        table = self._keyed(kind, tables.get(kind, {}))
        verb = fit_ensemble if kind == "fit_ensemble" else fit
        return verb(model, data, progress=progress, **with_solve(table))

    def _keyed(self, kind: str, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return the table with a random key: its own ``key``, or one derived from the recipe's seed."""
        derived = jr.fold_in(jr.key(self.seed), _KEYED.index(kind))
        return {**table, "key": jr.key(int(table["key"])) if "key" in table else derived}

    def _with_tables(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a model with the files that they name."""
        for name in FILES:
            if isinstance(options.get(name), str):
                path = resolve(options[name], self.folder, where=self.recipe.path.name, table="model")
                options[name] = path if name == "prior" else read_table(path)
        return options


def with_solve(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with a table `solve` turned into a `Solve`."""
    solve = options.get("solve")
    return {**options, "solve": Solve(**solve)} if isinstance(solve, Mapping) else dict(options)


def largest_strengths(screen: Any) -> dict[str, float]:
    """Return the largest |u| of each drug: the strength at which it is used."""
    data = as_perturbation_data(screen)
    return dict(zip(data.perturbations, map(float, abs(data.doses).max(axis=0))))


def read_table(path: Path) -> Any:
    """Return a tab- or comma-separated file; a first column without a name is the index."""
    import pandas as pd

    table = pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t", keep_default_na=False, comment="#")
    first = str(table.columns[0])
    return table.set_index(first).rename_axis(None) if first in ("", "Unnamed: 0") else table


def fitted_summary(fitted: Fit | Ensemble) -> str:
    """Return one line on how a fit went."""
    if isinstance(fitted, Ensemble):
        good = sum(result == "success" for result in fitted.result)
        return f"{good} of {fitted.n} members usable, best loss {fitted.losses[fitted.best_index]:.4g}"
    return f"{fitted.result}, loss {fitted.loss:.4g}"
