"""The JSON configuration of the original CellBox program, and what it means here."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from hybridcell._core.errors import FileFormatError, InvalidValueError, check_choice, nearest
from hybridcell._core.files import write_text
from hybridcell._core.number_checks import is_whole
from hybridcell.data import as_perturbation_data

#: The original's names of envelopes and ours.
ENVELOPES = {
    "tanh": "tanh",
    "polynomial": "polynomial",
    "hill": "hill",
    "linear": "linear",
    "clip linear": "clip",
}
#: The original numbers the ways in which the input enters.
INPUTS = ("inside", "outside", "scaled")
#: Keys that the published examples misspell. The original ignores them, and so runs with its defaults.
MISSPELT = {"envelop_form": "envelope_form", "envelop": "envelope"}
_SOLVERS = ("euler", "midpoint", "heun", "rk4")
_EXPERIMENTS = (
    "random partition",
    "random partition with replicates",
    "full data",
    "leave one out (w/o single)",
    "leave one out (w/ single)",
    "single to combo",
)


@dataclass(frozen=True, kw_only=True)
class CellBoxConfig:
    """A configuration of the original program: its keys, with its defaults.

    `model_options` and `fit_options` say the same in the words of `hc.CellBox` and `hc.fit`.

    Attributes
    ----------
    pert_file, expr_file, node_index_file
        Paths, relative to the folder in which the original was started.
    n_x, n_protein_nodes, n_activity_nodes
        Number of nodes; ends of the proteins and of the phenotypes in the node order.
    envelope_form, envelope, polynomial_k
        Name of phi; where the input enters (0 inside, 1 outside, 2 scaled); its power.
    pert_form
        "by u": drugs act through u. "fix x": drug nodes are held at u.
    stages
        The schedule: dicts with nT and sub_stages.

    Raises
    ------
    InvalidValueError
        On values that the original would refuse.

    Examples
    --------
    >>> from hybridcell.io.cellbox import CellBoxConfig
    >>> config = CellBoxConfig(n_x=99, n_protein_nodes=82, n_activity_nodes=87, envelope=1)
    >>> config.model_options()
    {'envelope': 'tanh', 'degree': 1, 'input': 'outside', 'clamp': False}
    """

    experiment_id: str = "Debugging"
    model_prefix: str = "seed"
    ckpt_name: str = "model.ckpt"
    model: str = "CellBox"
    export_verbose: int = 2
    pert_file: str | None = None
    expr_file: str | None = None
    node_index_file: str | None = None
    sparse_data: bool = False
    n_x: int | None = None
    n_protein_nodes: int | None = None
    n_activity_nodes: int | None = None
    experiment_type: str = "random partition"
    trainset_ratio: float = 0.7
    validset_ratio: float = 0.8
    batchsize: int = 8
    n_batches_eval: int | None = None
    add_noise_level: float = 0
    envelope_form: str = "tanh"
    envelope: int = 0
    polynomial_k: float | None = None
    pert_form: str = "by u"
    dT: float = 0.1
    ode_degree: int = 1
    ode_solver: str = "heun"
    ode_last_steps: int = 2
    seed: int | None = None
    stages: tuple[Mapping[str, Any], ...] = ()
    n_epoch: int | None = None
    n_iter: int | None = None
    n_iter_buffer: int = 5
    n_iter_patience: int = 100
    weight_loss: str = "None"
    l1lambda: float = 0
    l2lambda: float = 0
    drug_index: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(self.stages or ()))
        check_choice("experiment_type", self.experiment_type, _EXPERIMENTS)
        check_choice("envelope_form", self.envelope_form, ENVELOPES)
        check_choice("ode_solver", self.ode_solver, _SOLVERS)
        check_choice("pert_form", self.pert_form, ("by u", "fix x"))
        check_choice("weight_loss", self.weight_loss, ("None", "expr"))
        for name, wanted in (("envelope", (0, 1, 2)), ("ode_degree", (1, 2))):
            if getattr(self, name) not in wanted:
                raise InvalidValueError(f"{name} is {getattr(self, name)!r}; wanted one of {wanted}.")
        if self.envelope_form in ("polynomial", "hill") and self.polynomial_k is None:
            raise InvalidValueError(f"envelope_form {self.envelope_form!r} needs polynomial_k; found none.")
        self._check_counts()
        self._check_stages()

    def _check_counts(self) -> None:
        counts = [n for n in (self.n_protein_nodes, self.n_activity_nodes, self.n_x) if n is not None]
        whole = all(is_whole(n) and n >= 0 for n in counts)
        if not whole or counts != sorted(counts):
            raise InvalidValueError(
                f"n_protein_nodes, n_activity_nodes, n_x are {self.n_protein_nodes}, "
                f"{self.n_activity_nodes}, {self.n_x}; wanted whole numbers in increasing order (proteins, "
                "then phenotypes, then drugs)."
            )

    def _check_stages(self) -> None:
        for stage in self.stages:
            if not isinstance(stage, Mapping) or not isinstance(stage.get("sub_stages"), list | tuple):
                raise InvalidValueError(f"stages holds {stage!r:.60}; wanted dicts with nT and sub_stages.")
            for sub in stage["sub_stages"]:
                if not isinstance(sub, Mapping) or "lr_val" not in sub:
                    raise InvalidValueError(f"A sub-stage is {sub!r:.60}; wanted a dict with lr_val.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CellBoxConfig:
        """Make a configuration of the original's keys.

        The misspelt keys of the published examples count, with a warning; keys that nobody knows are
        left out, with a warning that names the nearest.
        """
        known = [f.name for f in fields(cls)]
        found: dict[str, Any] = {}
        for key, value in values.items():
            name = MISSPELT.get(key, key)
            if name != key:
                if name in values:
                    continue
                _warn(
                    f"The key {key!r} is a misspelling of {name!r} that the original ignores; here it counts."
                )
            if name in known:
                found[name] = value
                continue
            guess = nearest(key, known)
            _warn(
                f"The key {key!r} of the CellBox configuration is unknown and left out."
                + (f" Did you mean {guess!r}?" if guess else "")
            )
        return cls(**found)

    def model_options(self) -> dict[str, Any]:
        """Return the keyword arguments of `hc.CellBox` or `hc.CellBox.from_data`.

        Raises
        ------
        InvalidValueError
            If the configuration is of another model than CellBox.
        """
        if self.model != "CellBox":
            raise InvalidValueError(
                f"The configuration is of the model {self.model!r}; only CellBox networks are read. For a "
                "linear baseline see hc.baselines."
            )
        options: dict[str, Any] = {
            "envelope": ENVELOPES[self.envelope_form],
            "degree": self.ode_degree,
            "input": INPUTS[self.envelope],
            "clamp": self.pert_form == "fix x",
        }
        if self.polynomial_k is not None:
            options["power"] = self.polynomial_k
        return options

    def solve_options(self) -> dict[str, Any]:
        """Return the keyword arguments of `hc.Solve`: method and dt."""
        return {"method": self.ode_solver, "dt": float(self.dT)}

    def end_time(self) -> float:
        """Return the time that the last stage simulates: nT steps of dT."""
        if not self.stages or "nT" not in self.stages[-1]:
            raise InvalidValueError("The configuration has no stages, and so no number of steps nT.")
        return float(self.stages[-1]["nT"]) * float(self.dT)

    def fit_options(self, data: Any, *, steps: int | None = None) -> dict[str, Any]:
        """Return the keyword arguments of `hc.fit` that mean what this configuration means.

        The original penalizes the *mean* squared error, hybridcell the *sum*, so penalties are multiplied by
        the number of values in `data`. It takes a step per minibatch, hybridcell one per pass over all
        conditions: an iteration count becomes a count of passes. Steady states take the place of nT steps.
        What has no counterpart: the l1 penalty on drug columns (here `drug_l2`), and stopping each
        sub-stage by patience on noisy minibatches.

        Parameters
        ----------
        data : AnnData or PerturbationData
            What will be fitted.
        steps : int, optional
            Steps per sub-stage; default: the passes that n_iter and n_epoch allow.

        Returns
        -------
        dict
            stages, start, validation.

        Examples
        --------
        >>> import hybridcell as hc
        >>> from hybridcell.io.cellbox import CellBoxConfig
        >>> stage = {"nT": 100, "sub_stages": [{"lr_val": 0.01, "l1lambda": 0.0001}]}
        >>> config = CellBoxConfig(stages=[stage], n_iter=50, n_epoch=50)
        >>> screen = hc.datasets.demo(seed=0)
        >>> round(config.fit_options(screen)["stages"][0]["l1"] / screen.X.size, 6)
        0.0001
        """
        screen = as_perturbation_data(data)
        n_values, n_rows = int(np.sum(screen.observed)), len(screen)
        batches = max(math.ceil(self.validset_ratio * n_rows / self.batchsize), 1)
        stages = []
        for stage in self.stages:
            for sub in stage["sub_stages"]:
                setting = {**{f.name: getattr(self, f.name) for f in fields(self)}, **sub}
                l1, l2 = (float(setting[name]) * n_values for name in ("l1lambda", "l2lambda"))
                stages.append(
                    {
                        "steps": steps or _passes(setting, batches),
                        "learning_rate": float(setting["lr_val"]),
                        "schedule": "constant",
                        "l1": l1,
                        "l2": l2,
                        "drug_l2": l2,
                    }
                )
        if not stages:
            raise InvalidValueError(
                "The configuration has no stages; wanted a list of dicts with sub_stages."
            )
        return {"stages": stages, "start": "given", "validation": round(1.0 - self.validset_ratio, 12)}


def write_config(path: Path, values: Mapping[str, Any]) -> Path:
    """Write keys as JSON that the original reads; other keys of a configuration in that place stay."""
    CellBoxConfig(**values)
    kept = json.loads(path.read_text(encoding="utf-8")) if os.path.isfile(path) else {}
    return write_text(path, json.dumps({**kept, **values}, indent=2) + "\n")


def read_config(path: str | os.PathLike[str]) -> CellBoxConfig:
    """Read a JSON configuration of the original program.

    Raises
    ------
    FileFormatError
        If the file is missing or no JSON object.
    InvalidValueError
        On values that the original would refuse.
    """
    path = Path(path)
    if not os.path.isfile(path):
        raise FileFormatError(f"There is no configuration {str(path)!r}.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{str(path)!r} is no JSON: {error}.") from None
    if not isinstance(values, dict):
        raise FileFormatError(f"{str(path)!r} holds a {type(values).__name__}; wanted a JSON object of keys.")
    return CellBoxConfig.from_dict(values)


def _passes(setting: Mapping[str, Any], batches: int) -> int:
    """Return how many passes over the data the iterations of a sub-stage are at most."""
    limits = []
    if setting.get("n_iter") is not None:
        limits.append(math.ceil(int(setting["n_iter"]) / batches))
    if setting.get("n_epoch") is not None:
        limits.append(int(setting["n_epoch"]))
    if not limits:
        raise InvalidValueError("The configuration has neither n_iter nor n_epoch; give steps=.")
    return max(min(limits), 1)


def _warn(message: str) -> None:
    warnings.warn(message, UserWarning, stacklevel=4)
