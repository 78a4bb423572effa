"""Many models of one structure, as one PyTree whose arrays have a leading axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from hybridcell._core.calibration import Calibration
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card
from hybridcell._core.model import AbstractModel

if TYPE_CHECKING:
    import pandas as pd


def stack_models(models: Sequence[AbstractModel]) -> Any:
    """Return one PyTree whose arrays have the models as leading axis; the structures must be equal."""
    if not models:
        raise InvalidValueError("An ensemble needs at least one model; found none.")
    structures = {jax.tree.structure(model) for model in models}
    if len(structures) > 1:
        raise InvalidValueError("The models of an ensemble must have the same nodes, options and shapes.")
    return jax.tree.map(_stack, *models)


# With JAX, each of these would compile for every shape of leaf, and for every member anew.


def _stack(*leaves: Any) -> Any:
    if _is_random_key(leaves[0]):
        return jnp.stack(leaves)
    return jnp.asarray(np.stack([np.asarray(leaf) for leaf in leaves]))


def _take(leaf: Any, index: Any) -> Any:
    return leaf[index] if _is_random_key(leaf) else jnp.asarray(np.asarray(leaf)[index])


def _is_random_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Fitted models of one structure; what predict, interactions, screens and export take.

    Attributes
    ----------
    members : PyTree
        A model whose array leaves have a leading axis of length n.
    losses : ndarray, shape (n,)
        The loss by which members are ranked (validation where there was one, else training), lowest is best.
    result : tuple of str, length n
        "success", or why a member is not to be used.
    train : PerturbationData or None
        What the members were fitted to.
    info : dict
        How they were made: resampling, settings, skipped steps.
    weights : ndarray, shape (n,)
        How much each member counts in the mean prediction; they add up to 1, equal unless told otherwise.
    calibration : Calibration or None
        Held-out errors that make intervals of predictions (see `hc.infer.calibrate`).

    Examples
    --------
    >>> import hybridcell as hc
    >>> models = [hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, w], [0, 0]]) for w in (0.4, 0.6)]
    >>> ensemble = hc.Ensemble.from_models(models, losses=[0.2, 0.1])
    >>> ensemble.n, float(ensemble.best.weights[0, 1])
    (2, 0.6)
    """

    members: Any
    losses: np.ndarray
    result: tuple[str, ...]
    train: Any = None
    info: dict[str, Any] = field(default_factory=dict)
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0))
    calibration: Calibration | None = None
    _history: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        n = np.shape(self.losses)[0] if np.ndim(self.losses) == 1 else 0
        weights = np.asarray(self.weights, dtype=float)
        if weights.size == 0:
            weights = np.full(n, 1.0 / max(n, 1))
        if (
            weights.shape != (n,)
            or not np.isfinite(weights).all()
            or (weights < 0).any()
            or not weights.any()
        ):
            raise InvalidValueError(
                f"weights are {weights!r:.80}; wanted {n} finite numbers from 0 on, not all of them 0."
            )
        object.__setattr__(self, "weights", weights / weights.sum() if n else weights)

    @classmethod
    def from_models(
        cls, models: Sequence[AbstractModel], *, losses: Any = None, train: Any = None
    ) -> Ensemble:
        """Make an ensemble of models of one structure, with one loss each (default: all the same)."""
        losses = np.zeros(len(models)) if losses is None else np.asarray(losses, dtype=float)
        if losses.shape != (len(models),):
            raise InvalidValueError(
                f"losses has shape {losses.shape}; wanted one per model, ({len(models)},)."
            )
        result = ("success",) * len(models)
        return cls(members=stack_models(models), losses=losses, result=result, train=train)

    @property
    def n(self) -> int:
        """Number of members."""
        return len(self.losses)

    @property
    def best_index(self) -> int:
        """Position of the member with the lowest loss among those that succeeded."""
        usable = [i for i, r in enumerate(self.result) if r == "success"] or range(self.n)
        return min(usable, key=lambda i: (np.nan_to_num(self.losses[i], nan=np.inf), i))

    @property
    def best(self) -> AbstractModel:
        """The member with the lowest loss."""
        return self.member(self.best_index)

    @property
    def model(self) -> AbstractModel:
        """The first member: names, kinds and structure that all members share."""
        return self.member(0)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states."""
        return self.members.names

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the states."""
        return self.members.kinds

    @property
    def history(self) -> pd.DataFrame:
        """Losses over the steps, one row per step and member."""
        import pandas as pd

        if not self._history:
            return pd.DataFrame()
        n_steps = len(next(iter(self._history.values()))[0])
        frame = pd.DataFrame({name: np.asarray(v).reshape(-1) for name, v in self._history.items()})
        frame.insert(0, "step", np.tile(np.arange(1, n_steps + 1), self.n))
        frame.insert(0, "member", np.repeat(np.arange(self.n), n_steps))
        return frame.loc[frame["train_loss"].notna(), :].reset_index(drop=True)

    def member(self, i: int) -> AbstractModel:
        """Return one member as a single model."""
        self._check_member(i)
        return jax.tree.map(lambda leaf: _take(leaf, i), self.members)

    def _check_member(self, i: int) -> None:
        if not -self.n <= i < self.n:
            raise InvalidValueError(f"There is no member {i}; the ensemble has {self.n} (0 to {self.n - 1}).")

    def subset(self, keep: Sequence[int] | np.ndarray) -> Ensemble:
        """Return the ensemble of some of the members, named by position or by one True or False each."""
        chosen = np.asarray(keep)
        if chosen.dtype == bool and chosen.shape != (self.n,):
            raise InvalidValueError(
                f"keep has shape {chosen.shape}; wanted one True or False per member, ({self.n},)."
            )
        index = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(int)
        if not index.size:
            raise InvalidValueError("An ensemble needs at least one member; keep names none.")
        for i in index:  # JAX would take the nearest member in place of one that does not exist
            self._check_member(int(i))
        everyone = np.array_equal(index, np.arange(self.n))
        return Ensemble(
            members=self.members if everyone else jax.tree.map(lambda leaf: _take(leaf, index), self.members),
            losses=self.losses[index],
            result=tuple(self.result[i] for i in index),
            train=self.train,
            info=self.info,
            weights=self.weights[index] if self.weights[index].any() else np.zeros(0),
            calibration=self._kept_calibration(),
            _history={k: np.asarray(v)[index] for k, v in self._history.items()},
        )

    def _kept_calibration(self) -> Calibration | None:
        """Return the calibration with the models of its folds, which may be among the members."""
        if self.calibration is None or self.calibration.members is not None:
            return self.calibration
        return replace(self.calibration, members=self.members)

    def weighted_by_fit(self, *, temperature: float = 1.0) -> Ensemble:
        """Return the ensemble with members weighted by how well they fit.

        Member i gets exp(-N / (2 temperature) log(loss_i / smallest loss)), N the number of measured values:
        Akaike weights of models with equally many parameters and normal errors of unknown size, at
        temperature 1. These soon leave a single member; a temperature above 1 evens them out. A member that
        did not succeed gets 0.

        Raises
        ------
        InvalidValueError
            When the temperature is not positive, there is no training data, or a loss is not positive.

        References
        ----------
        Burnham and Anderson, Model Selection and Multimodel Inference (2002), for the weights.

        Examples
        --------
        >>> import hybridcell as hc, jax.random as jr
        >>> screen = hc.datasets.demo(seed=0)
        >>> model = hc.CellBox.from_data(screen, key=jr.key(0))
        >>> ensemble = hc.fit_ensemble(model, screen, n=2, steps=5, calibrate=False, key=jr.key(1))
        >>> bool(ensemble.weighted_by_fit().weights.argmax() == ensemble.best_index)
        True
        """
        values = getattr(self.train, "values", None)
        if values is None:
            raise InvalidValueError(
                "The ensemble carries no training data; weights by fit need their number."
            )
        if not temperature > 0:
            raise InvalidValueError(f"temperature is {temperature!r}; wanted a positive number.")
        usable = np.array([r == "success" for r in self.result]) & np.isfinite(self.losses)
        if not usable.any() or (self.losses[usable] <= 0).any():
            raise InvalidValueError(
                f"The losses are {self.losses!r:.60}; wanted a positive one of a member that succeeded."
            )
        relative = np.where(usable, self.losses, np.inf) / self.losses[usable].min()
        n_values = int(np.isfinite(np.asarray(values, dtype=float)).sum())
        return replace(self, weights=np.exp(-n_values / (2.0 * temperature) * np.log(relative)))

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[AbstractModel]:
        return (self.member(i) for i in range(self.n))

    def __repr__(self) -> str:
        good = sum(r == "success" for r in self.result)
        return f"Ensemble({self.n} members, {good} usable, best loss {self.losses[self.best_index]:.4g})"

    def _repr_html_(self) -> str:
        return card(
            "Ensemble",
            {
                "members": self.n,
                "usable": sum(r == "success" for r in self.result),
                "best loss": f"{self.losses[self.best_index]:.4g}",
                "median loss": f"{np.median(self.losses):.4g}",
                "model": repr(self.model),
                "intervals": "none" if self.calibration is None else repr(self.calibration),
                **{k: v for k, v in self.info.items() if np.ndim(v) == 0},
            },
        )


def members_in_tiles(fn: Any, members: Any, *args: Any) -> Any:
    """Map a function of one model over the leading axis, one after the other, in one program.

    On CPU a serial map keeps the whole cache to one member and was faster than vectorizing; on
    accelerators members are vectorized.
    """
    if jax.default_backend() == "cpu":
        return jax.lax.map(lambda m: fn(m, *args), members)
    return eqx.filter_vmap(lambda m: fn(m, *args))(members)
