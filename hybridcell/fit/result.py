"""What a fit gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html import card
from hybridcell._core.model import AbstractModel

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.data import PerturbationData


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model and how it came about.

    Attributes
    ----------
    model
        The fitted model.
    result : str
        "success", or why the model is not to be used.
    loss : float
        Validation loss of the snapshot that was kept, or the last training loss without validation.
    train : PerturbationData
        What the model was fitted to.
    residual_share : float
        Fraction of production that the neural part supplies under the training conditions.
    resume : str or None
        Path of the checkpoint from which the same call goes on.
    info : dict
        Settings, steps taken, skipped steps.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> screen = hc.datasets.demo(seed=0)
    >>> fitted = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, steps=5, key=jr.key(1))
    >>> fitted.result, list(fitted.history.columns)
    ('success', ['step', 'objective', 'train_loss', 'validation_loss'])
    """

    model: AbstractModel
    result: str
    loss: float
    train: PerturbationData
    residual_share: float = 0.0
    resume: str | None = None
    info: dict[str, Any] = field(default_factory=dict)
    _history: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def best(self) -> AbstractModel:
        """The fitted model, so that a Fit can stand where an Ensemble can."""
        return self.model

    @property
    def history(self) -> pd.DataFrame:
        """Losses over the steps."""
        import pandas as pd

        frame = pd.DataFrame({k: np.asarray(v) for k, v in self._history.items()})
        frame.insert(0, "step", np.arange(1, len(frame) + 1))
        return frame.loc[frame["train_loss"].notna()].reset_index(drop=True)

    def __repr__(self) -> str:
        return f"Fit({self.model!r}, loss {self.loss:.4g}, {self.result})"

    def _repr_html_(self) -> str:
        return card(
            "Fit",
            {
                "model": repr(self.model),
                "result": self.result,
                "loss": f"{self.loss:.4g}",
                "residual share": f"{self.residual_share:.1%}",
                "conditions": len(self.train.conditions),
                **{k: v for k, v in self.info.items() if np.ndim(v) == 0 and not isinstance(v, dict)},
            },
        )
