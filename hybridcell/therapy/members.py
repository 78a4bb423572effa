"""The models behind whatever a therapy is asked of."""

from __future__ import annotations

from typing import Any

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell.data import PerturbationData


def members_of(model: Any) -> tuple[Ensemble | list[AbstractModel], PerturbationData | None]:
    """Return the models to simulate, those of an ensemble that succeeded, and what they were fitted to."""
    train = getattr(model, "train", None)
    inner = model if isinstance(model, AbstractModel | Ensemble) else getattr(model, "model", None)
    if isinstance(inner, Ensemble):
        usable = [i for i, result in enumerate(inner.result) if result == "success"]
        if not usable:
            raise InvalidValueError(
                f"None of the {inner.n} members of the ensemble succeeded (the first: {inner.result[0]}); "
                "there is nothing to simulate."
            )
        return inner if len(usable) == inner.n else inner.subset(usable), train
    if isinstance(inner, AbstractModel):
        return [inner], train
    raise InvalidValueError(
        f"The model given is a {type(model).__name__}; wanted a model, a Fit or an Ensemble."
    )
