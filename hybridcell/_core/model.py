"""What every model answers, and how a mechanism and neural terms are added up."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell._core.errors import InvalidValueError, unknown_name


class AbstractField(eqx.Module):
    """The right-hand side dx/dt of a model with every transform applied: plain arrays, ready to run.

    A model makes its field once at the top of a simulation. A field works on JAX arrays inside
    programs and, after `jax.tree.map(np.asarray, field)`, on NumPy arrays without compilation.
    """

    @abstractmethod
    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return dx/dt for all conditions at once."""

    def driven(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return what inputs amount to: u itself, or the occupancies of drugs that are given as doses."""
        return u

    @property
    @abstractmethod
    def relaxation(self) -> Float[Array, " n"]:
        """Positive rates: x + f(x) / relaxation is the map whose fixed points are the steady states."""


def check_one_model(what: str, model: Any) -> None:
    """Refuse a fit or an ensemble where one model is wanted, and say where it has one."""
    if isinstance(model, AbstractModel):
        return
    part = next((name for name in ("best", "model") if hasattr(model, name)), None)
    if part is not None:
        raise InvalidValueError(
            f"{what} was given a {type(model).__name__}; wanted one model, such as its .{part}. "
            "hc.predict takes fits and ensembles."
        )


@eqx.filter_jit
def make_field(model: AbstractModel) -> AbstractField:
    """Return ``model.field()``, made by one compiled program instead of one per operation."""
    return model.field()


def plain_field(model: AbstractModel) -> AbstractField:
    """Return the field on NumPy arrays, for work without compilation."""
    return jax.tree.map(np.asarray, make_field(model))


@eqx.filter_jit
def _evaluate(model: AbstractModel, t: Array, x: Array, u: Array) -> Array:
    return model.field()(t, x, u)


class AbstractModel(eqx.Module):
    """An immutable model: a PyTree whose free numbers are `Parameter` leaves."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the n states, in order."""

    @property
    @abstractmethod
    def kinds(self) -> tuple[str, ...]:
        """Kind of each state: protein, phenotype, drug or gene."""

    @abstractmethod
    def field(self) -> AbstractField:
        """Return the right-hand side with all transforms applied."""

    @abstractmethod
    def initial_state(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the state at t0, shape conditions x nodes."""

    @property
    def n(self) -> int:
        """Number of states."""
        return len(self.names)

    def index(self, name: str) -> int:
        """Return the position of a node; an unknown name raises with the nearest one."""
        try:
            return self.names.index(name)
        except ValueError:
            raise unknown_name("node", name, self.names) from None

    def inputs(self, conditions: Any) -> np.ndarray:
        """Place the doses of conditions on the nodes they act on.

        Parameters
        ----------
        conditions
            Anything with `perturbations` (P names) and `doses` (C x P), such as `Conditions`.

        Returns
        -------
        ndarray, shape (C, n)
            Zero except at perturbed nodes.

        Raises
        ------
        UnknownNameError
            If a perturbation that is used (dose other than zero) is not a node of the model.
        InvalidValueError
            If a dose is not finite, or the shapes do not agree.
        """
        doses = np.asarray(conditions.doses, dtype=float)
        if doses.ndim != 2 or doses.shape[1] != len(conditions.perturbations):
            raise InvalidValueError(
                f"doses have shape {doses.shape}; "
                f"wanted conditions x {len(conditions.perturbations)} perturbations."
            )
        if not np.isfinite(doses).all():
            row, column = np.argwhere(~np.isfinite(doses))[0]
            raise InvalidValueError(
                f"The dose of {conditions.perturbations[column]!r} in row {row} is {doses[row, column]}; "
                "wanted finite numbers, 0 where a perturbation is not given."
            )
        position = {name: i for i, name in enumerate(self.names)}
        u = np.zeros((doses.shape[0], self.n))
        for column, name in enumerate(conditions.perturbations):
            if name in position:
                u[:, position[name]] += doses[:, column]
            elif np.any(doses[:, column] != 0):
                drugs = [n for n, kind in zip(self.names, self.kinds) if kind == "drug"]
                raise unknown_name("perturbation", name, drugs + [n for n in self.names if n not in drugs])
        self.check_inputs(u)
        return u

    def check_inputs(self, u: np.ndarray) -> None:
        """Refuse inputs, conditions x nodes, that the model has no meaning for."""
        return None

    def vector_field(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return dx/dt for all conditions at once, shape conditions x nodes."""
        return _evaluate(self, jnp.asarray(t), jnp.asarray(x), jnp.asarray(u))

    def mechanistic_only(self) -> AbstractModel:
        """Return the model without its neural parts."""
        return self

    def __add__(self, residual: Any) -> Hybrid:
        if not isinstance(residual, AbstractResidual):
            raise InvalidValueError(
                f"A {type(residual).__name__} cannot be added to a model; "
                "wanted a residual such as hc.NeuralResidual."
            )
        mechanism = self.mechanism if isinstance(self, Hybrid) else self
        earlier = self.residuals if isinstance(self, Hybrid) else ()
        return Hybrid(mechanism=mechanism, residuals=(*earlier, residual.bind(self.names, self.kinds)))


class AbstractResidual(eqx.Module):
    """A term added to dx/dt."""

    @abstractmethod
    def bind(self, names: tuple[str, ...], kinds: tuple[str, ...]) -> AbstractResidual:
        """Return the residual with inputs, outputs and weights fixed for these states."""

    @abstractmethod
    def reseeded(self, key: PRNGKeyArray) -> AbstractResidual:
        """Return the residual with fresh weights, bound to the same states."""

    @abstractmethod
    def field(self) -> AbstractResidualField:
        """Return the term with all transforms applied."""


class AbstractResidualField(eqx.Module):
    """A residual with plain arrays, ready to run."""

    @abstractmethod
    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return what is added to dx/dt, shape conditions x states."""


class HybridField(AbstractField):
    """Mechanism plus residual terms."""

    mechanism: AbstractField
    residuals: tuple[AbstractResidualField, ...]

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return dx/dt: the mechanism's plus every residual's."""
        return self.mechanism(t, x, u) + self.residual(t, x, u)

    def residual(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the neural part of dx/dt alone."""
        u = self.mechanism.driven(u)  # neural terms read occupancies where the mechanism does
        total = self.residuals[0](t, x, u)
        for term in self.residuals[1:]:
            total = total + term(t, x, u)
        return total

    def driven(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return what inputs amount to for the mechanism."""
        return self.mechanism.driven(u)

    @property
    def relaxation(self) -> Float[Array, " n"]:
        """The mechanism's relaxation rates."""
        return self.mechanism.relaxation


class Hybrid(AbstractModel):
    """A mechanism with neural terms added to its dx/dt; made by ``mechanism + NeuralResidual(...)``."""

    mechanism: AbstractModel
    residuals: tuple[AbstractResidual, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states, those of the mechanism."""
        return self.mechanism.names

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the states, those of the mechanism."""
        return self.mechanism.kinds

    def field(self) -> HybridField:
        """Return mechanism and residuals with all transforms applied."""
        return HybridField(
            mechanism=self.mechanism.field(), residuals=tuple(term.field() for term in self.residuals)
        )

    def initial_state(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the mechanism's initial state."""
        return self.mechanism.initial_state(u)

    def mechanistic_only(self) -> AbstractModel:
        """Return the mechanism alone."""
        return self.mechanism

    def check_inputs(self, u: np.ndarray) -> None:
        """Refuse what the mechanism refuses."""
        self.mechanism.check_inputs(u)

    def with_doses(self, layer: Any) -> Hybrid:
        """Return the hybrid whose mechanism takes the drugs of a dose layer as doses."""
        mechanism: Any = self.mechanism
        if not hasattr(mechanism, "with_doses"):
            raise InvalidValueError(f"A {type(mechanism).__name__} takes no dose layer; wanted a CellBox.")
        dosed = mechanism.with_doses(layer)
        residuals = tuple(term.bind(dosed.names, dosed.kinds) for term in self.residuals)
        return Hybrid(mechanism=dosed, residuals=residuals)

    def __repr__(self) -> str:
        return " + ".join([repr(self.mechanism), *map(repr, self.residuals)])

    def _repr_html_(self) -> str:
        parts = [self.mechanism, *self.residuals]
        return "<div>+</div>".join(part._repr_html_() for part in parts if hasattr(part, "_repr_html_"))
