"""hybridcell: a differentiable simulator of the cell.

The part you know is mechanism, the part you don't know is a neural hole, and gradients through the ODE
solver fit both to perturbation data. Importing hybridcell switches JAX to double precision unless
`$JAX_ENABLE_X64` is set.
"""

import gc as _gc
from importlib import import_module as _import_module
from typing import TYPE_CHECKING
from typing import Any as _Any

_collecting = _gc.isenabled()
_gc.disable()  # what an import makes stays: collections on the way take a fifth of its time and find nothing
try:
    from hybridcell._core.compiler import compile_loops_whole
    from hybridcell._core.config import config as config
    from hybridcell._core.config import start_in_double_precision
    from hybridcell._core.environment import warn_about_bad_jax
    from hybridcell._core.program_cache import keep_compiled_programs

    compile_loops_whole()
    start_in_double_precision()
    warn_about_bad_jax()
    keep_compiled_programs()

    # `fit`, `simulate` and `evaluate` are functions and also the folders that hold them. Importing a folder
    # sets the attribute of its name, so the functions are bound here, once, after the folders are loaded.
    from hybridcell._core.errors import HybridCellError as HybridCellError
    from hybridcell._version import __version__ as __version__
    from hybridcell.evaluate import evaluate as evaluate
    from hybridcell.fit import fit as fit
    from hybridcell.simulate import simulate as simulate
finally:
    if _collecting:
        _gc.enable()

#: Public names that are loaded when first used: name -> (module, attribute or None for the module itself).
_LAZY: dict[str, tuple[str, str | None]] = {
    "CellBox": ("hybridcell.mechanisms", "CellBox"),
    "ReactionNetwork": ("hybridcell.mechanisms", "ReactionNetwork"),
    "NeuralParameter": ("hybridcell.neural", "NeuralParameter"),
    "NeuralRate": ("hybridcell.neural", "NeuralRate"),
    "NeuralReadout": ("hybridcell.neural", "NeuralReadout"),
    "NeuralResidual": ("hybridcell.neural", "NeuralResidual"),
    "Parameter": ("hybridcell._core.parameter", "Parameter"),
    "PerturbationData": ("hybridcell.data", "PerturbationData"),
    "Drug": ("hybridcell.data", "Drug"),
    "DoseLayer": ("hybridcell.mechanisms.doses", "DoseLayer"),
    "Perturbation": ("hybridcell.data", "Perturbation"),
    "Schedule": ("hybridcell.data", "Schedule"),
    "Solve": ("hybridcell.simulate", "Solve"),
    "Trajectory": ("hybridcell.simulate", "Trajectory"),
    "Fit": ("hybridcell.fit", "Fit"),
    "Ensemble": ("hybridcell.fit", "Ensemble"),
    "Interactions": ("hybridcell.graph", "Interactions"),
    "CombinationScreen": ("hybridcell.therapy", "CombinationScreen"),
    "check_environment": ("hybridcell.simulate.environment_check", "check_environment"),
    "steady_state": ("hybridcell.simulate", "steady_state"),
    "predict": ("hybridcell.simulate", "predict"),
    "split": ("hybridcell.data", "split"),
    "fit_ensemble": ("hybridcell.fit", "fit_ensemble"),
    "Prior": ("hybridcell.mechanisms", "Prior"),
    "PriorNetwork": ("hybridcell.mechanisms", "PriorNetwork"),
    "association": ("hybridcell.graph", "association"),
    "interactions": ("hybridcell.graph", "interactions"),
    "recover": ("hybridcell.graph", "recover"),
    "stability": ("hybridcell.graph", "stability"),
    "read_prior": ("hybridcell.mechanisms", "read_prior"),
    "gene_conditions": ("hybridcell.io", "gene_conditions"),
    "optimize_schedule": ("hybridcell.therapy", "optimize_schedule"),
    "optimize_therapy": ("hybridcell.therapy", "optimize_therapy"),
    "predict_pairs": ("hybridcell.therapy", "predict_pairs"),
    "predict_triples": ("hybridcell.therapy", "predict_triples"),
    "screen_combinations": ("hybridcell.therapy", "screen_combinations"),
    "read_gnw": ("hybridcell.io", "read_gnw"),
    "read_omex": ("hybridcell.io", "read_omex"),
    "read_petab": ("hybridcell.fit.petab.read", "read_petab"),
    "read_sbml": ("hybridcell.io", "read_sbml"),
    "write_omex": ("hybridcell.io", "write_omex"),
    "write_petab": ("hybridcell.fit.petab.read", "write_petab"),
    "write_sbml": ("hybridcell.io", "write_sbml"),
    "read_cellbox": ("hybridcell.io", "read_cellbox"),
    "write_cellbox": ("hybridcell.io", "write_cellbox"),
    "save": ("hybridcell._core.storage", "save"),
    "load": ("hybridcell._core.storage", "load"),
    "run": ("hybridcell.recipes", "run"),
    "datasets": ("hybridcell.data.datasets", None),
    "networks": ("hybridcell.data.networks", None),
    "metrics": ("hybridcell.evaluate.metrics", None),
    "baselines": ("hybridcell.evaluate.baselines", None),
    "synergy": ("hybridcell.therapy.synergy", None),
    "infer": ("hybridcell.infer", None),
    "pl": ("hybridcell.plot", None),
}

__all__ = ["HybridCellError", "__version__", "config", "evaluate", "fit", "simulate", *_LAZY]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> _Any:
    if name not in _LAZY:
        from hybridcell._core.errors import nearest

        guess = nearest(name, __all__)
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise AttributeError(f"module 'hybridcell' has no attribute {name!r}.{hint}")
    module, attribute = _LAZY[name]
    found = _import_module(module)
    value = found if attribute is None else getattr(found, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from hybridcell._core.parameter import Parameter as Parameter
    from hybridcell._core.storage import load as load
    from hybridcell._core.storage import save as save
    from hybridcell.data import Drug as Drug
    from hybridcell.data import Perturbation as Perturbation
    from hybridcell.data import PerturbationData as PerturbationData
    from hybridcell.data import Schedule as Schedule
    from hybridcell.data import split as split
    from hybridcell.fit import Ensemble as Ensemble
    from hybridcell.fit import Fit as Fit
    from hybridcell.fit import fit_ensemble as fit_ensemble
    from hybridcell.fit.petab.read import read_petab as read_petab
    from hybridcell.fit.petab.read import write_petab as write_petab
    from hybridcell.graph import Interactions as Interactions
    from hybridcell.graph import association as association
    from hybridcell.graph import interactions as interactions
    from hybridcell.graph import recover as recover
    from hybridcell.graph import stability as stability
    from hybridcell.io import gene_conditions as gene_conditions
    from hybridcell.io import read_cellbox as read_cellbox
    from hybridcell.io import read_gnw as read_gnw
    from hybridcell.io import read_omex as read_omex
    from hybridcell.io import read_sbml as read_sbml
    from hybridcell.io import write_cellbox as write_cellbox
    from hybridcell.io import write_omex as write_omex
    from hybridcell.io import write_sbml as write_sbml
    from hybridcell.mechanisms import CellBox as CellBox
    from hybridcell.mechanisms import Prior as Prior
    from hybridcell.mechanisms import PriorNetwork as PriorNetwork
    from hybridcell.mechanisms import ReactionNetwork as ReactionNetwork
    from hybridcell.mechanisms import read_prior as read_prior
    from hybridcell.mechanisms.doses import DoseLayer as DoseLayer
    from hybridcell.neural import NeuralParameter as NeuralParameter
    from hybridcell.neural import NeuralRate as NeuralRate
    from hybridcell.neural import NeuralReadout as NeuralReadout
    from hybridcell.neural import NeuralResidual as NeuralResidual
    from hybridcell.recipes import run as run
    from hybridcell.simulate import Solve as Solve
    from hybridcell.simulate import Trajectory as Trajectory
    from hybridcell.simulate import predict as predict
    from hybridcell.simulate import steady_state as steady_state
    from hybridcell.simulate.environment_check import check_environment as check_environment
    from hybridcell.therapy import CombinationScreen as CombinationScreen
    from hybridcell.therapy import optimize_schedule as optimize_schedule
    from hybridcell.therapy import optimize_therapy as optimize_therapy
    from hybridcell.therapy import predict_pairs as predict_pairs
    from hybridcell.therapy import predict_triples as predict_triples
    from hybridcell.therapy import screen_combinations as screen_combinations
