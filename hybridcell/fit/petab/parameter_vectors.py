"""What people give for parameters, and what they get: vectors on scales, linear values, arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.fit.petab.objective import Compiled
from hybridcell.io.petab.statement import PetabParameter

if TYPE_CHECKING:
    import pandas as pd


class Asked(NamedTuple):
    """Parameter vectors that are meant.

    Attributes
    ----------
    vectors : (k, q)
        Of the estimated parameters, on their scales.
    fixed : dict
        Linear values of parameters that are not estimated, by id.
    single : bool
        One vector is meant, not a batch of one.
    """

    vectors: Float[np.ndarray, "k q"]
    fixed: dict[str, float]
    single: bool


class ParameterVectors:
    """The parameters of a problem, and the forms in which their values are given.

    Parameters
    ----------
    compiled : Compiled

    Attributes
    ----------
    estimated : tuple of PetabParameter
        Weights of neural networks last.
    free : tuple of str
        Their ids.
    """

    def __init__(self, compiled: Compiled):
        self._compiled, self._scales = compiled, compiled.scales
        self.estimated: tuple[PetabParameter, ...] = tuple(compiled.parameters[k] for k in compiled.free)
        self.free = tuple(parameter.id for parameter in self.estimated)

    @property
    def lower(self) -> Float[np.ndarray, " q"]:
        """Lower bounds, on the scales."""
        return self._scales.to_scaled(np.array([p.lower for p in self.estimated]))

    @property
    def upper(self) -> Float[np.ndarray, " q"]:
        """Upper bounds, on the scales."""
        return self._scales.to_scaled(np.array([p.upper for p in self.estimated]))

    @property
    def nominal(self) -> Float[np.ndarray, " q"]:
        """Nominal values, on the scales."""
        return self._scales.to_scaled(self._linear)

    @property
    def _linear(self) -> Float[np.ndarray, " q"]:
        return self._compiled.nominal[self._compiled.free]

    def scaled(self, values: Mapping[str, float]) -> Float[np.ndarray, " q"]:
        """Return linear values by id as a vector on the scales, the nominal ones where none is given."""
        linear = dict(zip(self.free, self._linear))
        for id, value in values.items():
            if id not in linear:
                raise unknown_name("estimated parameter", id, self.free)
            linear[id] = float(value)
        return self._scales.to_scaled(np.array(list(linear.values())))

    def linear(self, vector: Float[np.ndarray, " q"]) -> dict[str, float]:
        """Return a vector as linear values by id."""
        return dict(zip(self.free, map(float, self._scales.to_linear(jnp.asarray(vector)))))

    def read(self, theta: Any) -> Asked:
        """Return the vectors that are meant by None, a mapping or an array.

        Raises
        ------
        UnknownNameError
            If an id is none of a parameter.
        InvalidValueError
            If an array has another shape than (q,) or (k, q), or an id has no value, here or in the table.
        """
        if theta is None or isinstance(theta, Mapping):
            self._check_values({} if theta is None else theta)
        if theta is None:
            return Asked(self.nominal[None], {}, True)
        if isinstance(theta, Mapping):
            known, free = {p.id: p for p in self._compiled.parameters}, set(self.free)
            for id in theta:
                if id not in known:
                    raise unknown_name("parameter of the problem", id, known)
            fixed = {id: float(value) for id, value in theta.items() if id not in free}
            return Asked(self.scaled({id: v for id, v in theta.items() if id in free})[None], fixed, True)
        vectors = np.asarray(theta, float)
        if vectors.ndim not in (1, 2) or vectors.shape[-1] != len(self.free):
            raise InvalidValueError(
                f"theta has the shape {vectors.shape}; wanted ({len(self.free)},) or (k, {len(self.free)}): "
                "the estimated parameters in the order of .free, each on its scale. A dict has linear values."
            )
        return Asked(np.atleast_2d(vectors), {}, vectors.ndim == 1)

    def _check_values(self, given: Mapping[str, float]) -> None:
        """Refuse nominal values that the table does not give, where no other is given either."""
        missing = [id for id, value in zip(self.free, self._linear) if np.isnan(value) and id not in given]
        if missing:
            more = f" and of {len(missing) - 1} more parameters" if len(missing) > 1 else ""
            raise InvalidValueError(
                f"The parameter table has no nominal value of {missing[0]!r}{more}: there is nothing to "
                f"compute with. Give theta, such as {{{missing[0]!r}: 1.0}}, or fit the problem first."
            )

    def arrays(self, vector: Any) -> dict[str, dict[str, np.ndarray]]:
        """Return what a vector of estimated parameters says of networks' arrays, 0 of what is fixed."""
        full = np.zeros(len(self._compiled.parameters))
        full[self._compiled.free] = np.asarray(vector, float)
        places = self._compiled.entries.places
        return {net: {name: full[k] for name, k in arrays.items()} for net, arrays in places.items()}

    def labeled(self, slope: Any, single: bool) -> pd.Series | pd.DataFrame:
        """Return gradients (k, q) by id, or the only one of them."""
        import pandas as pd

        if single:
            return pd.Series(np.asarray(slope)[0], index=list(self.free), name="gradient")
        return pd.DataFrame(np.asarray(slope), columns=pd.Index(self.free))

    def by_ids(self, matrix: Float[np.ndarray, "q q"]) -> pd.DataFrame:
        """Return a matrix of all pairs of estimated parameters by their ids."""
        import pandas as pd

        return pd.DataFrame(matrix, index=pd.Index(self.free), columns=pd.Index(self.free))
