"""Where the members of an ensemble start: each from a network of its own, made when it is its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import equinox as eqx
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.model import AbstractModel, Hybrid
from hybridcell.fit.losses import mechanism_of
from hybridcell.mechanisms.cellbox import CellBox

#: Standard deviation of the noise that tells the members' starting networks apart.
JITTER = 0.01


def scatter(model: AbstractModel, key: PRNGKeyArray) -> AbstractModel:
    """Return the model with its own starting network, and residuals with their own hidden layers."""
    mechanism = mechanism_of(model)
    if isinstance(mechanism, CellBox):
        response = mechanism._response
        noise = JITTER * jr.normal(jr.fold_in(key, 0), response.raw.shape) * mechanism.mask
        fresh = response.with_value(np.asarray(response.value + noise))
        scattered = eqx.tree_at(lambda m: m._response, mechanism, fresh)
        model = scattered if mechanism is model else eqx.tree_at(lambda m: m.mechanism, model, scattered)
    if isinstance(model, Hybrid):
        residuals = tuple(term.reseeded(jr.fold_in(key, 1 + i)) for i, term in enumerate(model.residuals))
        model = Hybrid(mechanism=model.mechanism, residuals=residuals)
    return model


class ScatteredModels(Sequence[AbstractModel]):
    """One model scattered by many keys: a thousand networks at once would fill the memory."""

    def __init__(self, model: AbstractModel, keys: Sequence[PRNGKeyArray]):
        self._model, self._keys = model, keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            return ScatteredModels(self._model, self._keys[which])
        return scatter(self._model, self._keys[which])

    def __iter__(self) -> Iterator[AbstractModel]:
        return (scatter(self._model, key) for key in self._keys)
