"""What an edge or a node is good for: the steady states without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, NotConvergedError, unknown_name
from hybridcell._core.model import AbstractField, AbstractModel
from hybridcell.data.conditions import as_conditions
from hybridcell.simulate import ensemble_states

if TYPE_CHECKING:
    import pandas as pd


class CutField(AbstractField):
    """A right-hand side in which some nodes do not see what one node does."""

    field: AbstractField
    control: Float[Array, " n"]
    blind: Bool[Array, " n"]
    source: int = eqx.field(static=True)

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return dx/dt: that of the blind nodes with the source as in the control."""
        unseen = jnp.asarray(x).at[:, self.source].set(self.control[self.source])
        # a neural part may read a drug's input beside its node
        without = jnp.asarray(u).at[:, self.source].set(0.0)
        return jnp.where(self.blind, self.field(t, unseen, without), self.field(t, x, u))

    @property
    def relaxation(self) -> Float[Array, " n"]:
        """The relaxation rates of the whole field."""
        return self.field.relaxation


class CutModel(AbstractModel):
    """A model without the effect of one node on some others."""

    model: AbstractModel
    source: int = eqx.field(static=True)
    blind: tuple[int, ...] = eqx.field(static=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states."""
        return self.model.names

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the states."""
        return self.model.kinds

    def field(self) -> CutField:
        """Return the right-hand side with the edges cut."""
        control = self.model.initial_state(jnp.zeros((1, self.model.n)))[0]
        blind = jnp.zeros(self.model.n, dtype=bool).at[jnp.asarray(self.blind)].set(True)
        return CutField(
            field=self.model.field(), control=jnp.asarray(control), blind=blind, source=self.source
        )

    def initial_state(self, u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return the model's initial state."""
        return self.model.initial_state(u)


def knock_out(
    ensemble: Ensemble, what: str | tuple[str, str], perturbation: Any, *, possible: np.ndarray, level: float
) -> pd.DataFrame:
    """Return the steady states with and without an edge or a node; see `Interactions.knockout`."""
    import pandas as pd

    names = list(ensemble.names)
    source, blind = _cut(what, names, possible)
    given = as_conditions(perturbation)
    cut = Ensemble(
        members=CutModel(model=ensemble.members, source=source, blind=blind),
        losses=ensemble.losses,
        result=ensemble.result,
    )
    (before, settled), (after, settled_after) = (ensemble_states(e, given) for e in (ensemble, cut))
    usable = (settled & settled_after).all(axis=1)
    if not usable.any():
        raise NotConvergedError(
            f"No model settles under {', '.join(given.names)} both with and without {_words(what)}."
        )
    before, after = before[usable], after[usable]
    effect = after - before
    tail = (1.0 - level) / 2.0
    lower, upper = (
        np.quantile(effect, [tail, 1.0 - tail], axis=0)
        if len(effect) > 1
        else np.full((2, *effect.shape[1:]), np.nan)
    )
    tables = [
        pd.DataFrame(
            {
                "condition": condition,
                "node": names,
                "kind": list(ensemble.kinds),
                "before": before[:, c].mean(axis=0),
                "after": after[:, c].mean(axis=0),
                "effect": effect[:, c].mean(axis=0),
                "lower": lower[c],
                "upper": upper[c],
            }
        )
        for c, condition in enumerate(given.names)
    ]
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(size=table["effect"].abs(), row=np.repeat(np.arange(len(given)), len(names)))
    table = table.sort_values(["row", "size", "node"], ascending=[True, False, True])
    return table.drop(columns=["size", "row"]).reset_index(drop=True)


def _cut(what: Any, names: list[str], possible: np.ndarray) -> tuple[int, tuple[int, ...]]:
    """Return the source and the nodes that no longer see it."""
    ends = (what,) if isinstance(what, str) else tuple(what)
    if len(ends) not in (1, 2):
        raise InvalidValueError(f"Found {what!r}; wanted the name of a node, or an edge as (source, target).")
    for name in ends:
        if name not in names:
            raise unknown_name("node", name, names)
    source = names.index(ends[0])
    if len(ends) == 1:
        return source, tuple(i for i in range(len(names)) if i != source)
    target = names.index(ends[1])
    if not possible[target, source]:
        raise InvalidValueError(f"The model has no edge {ends[0]!r} -> {ends[1]!r} to knock out.")
    return source, (target,)


def _words(what: str | tuple[str, str]) -> str:
    return what if isinstance(what, str) else " -> ".join(what)
