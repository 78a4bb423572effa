"""What all tests share: where compiled programs are kept, and small models and screens."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# the first example of a test may compile a program, and a busy machine may pause any
hypothesis.settings.register_profile("hybridcell", deadline=None)
hypothesis.settings.load_profile("hybridcell")

ROOT = Path(__file__).resolve().parents[1]
# Compiled programs outlive the run, so that a second run of the tests compiles next to nothing.
os.environ.setdefault("HYBRIDCELL_CACHE", str(ROOT / ".cache"))
# Most of the time of a first run goes to compiling programs that then run for milliseconds: LLVM is not to
# polish them, and XLA is to make them in the quicker of two ways (which no later version was asked for: one
# that does not know a flag ends the process). It changes the time that they take, and hardly the last bits of
# their numbers. The suite, which has more time, compiles as users do.
FLAGS = ["--xla_backend_optimization_level=0"]
if version("jax").startswith(("0.7.", "0.8.", "0.9.", "0.10.")):
    FLAGS += ["--xla_cpu_use_fusion_emitters=false"]
if os.environ.get("HYBRIDCELL_SUITE") != "all":
    for flag in FLAGS:
        if flag.partition("=")[0] not in os.environ.get("XLA_FLAGS", ""):
            os.environ["XLA_FLAGS"] = f"{flag} {os.environ.get('XLA_FLAGS', '')}".rstrip()
# Two workers share two processors: linear algebra that starts threads of its own, here and in processes that
# tests start, makes each wait for the other, up to four times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Traces of programs are objects that stay, and searching them again and again for what is unreachable takes a
# fifth of the time of tracing.
gc.set_threshold(100_000, 20, 20)
# `tests.tolerances` is imported by name, also when pytest is not started as `python -m pytest`.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

NAMES = ("EGFR", "RAS", "MEK", "ERK", "AKT", "growth", "aMEK", "aAKT")
KINDS = (*("protein",) * 5, "phenotype", "drug", "drug")
EDGES = {
    ("EGFR", "RAS"): 0.6,
    ("RAS", "MEK"): 0.7,
    ("MEK", "ERK"): 0.8,
    ("ERK", "EGFR"): -0.4,
    ("RAS", "AKT"): 0.3,
    ("AKT", "growth"): 0.5,
    ("ERK", "growth"): 0.6,
    ("aMEK", "MEK"): 0.9,
    ("aAKT", "AKT"): 0.7,
}


#: Memory from which a worker lets compiled programs go; the cache on disk gives back those still wanted.
MOST_BYTES = 2e9


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave further variants of what one variant shows to `make suite`: `make test` has twenty minutes."""
    if os.environ.get("HYBRIDCELL_SUITE") == "all":
        return
    for item in items:
        if item.get_closest_marker("suite"):
            item.add_marker(pytest.mark.skip(reason="a further variant; run by make suite"))


@pytest.fixture(autouse=True, scope="module")
def _modest_memory() -> Any:
    """Keep a worker small: hundreds of reaction networks leave their programs in memory."""
    yield
    status = Path("/proc/self/statm")
    if (
        status.is_file()
        and int(status.read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE") > MOST_BYTES
    ):
        import jax

        from hybridcell._core import known_programs

        jax.clear_caches()
        known_programs._programs.clear()
        gc.collect()
        _give_back_memory()


def _give_back_memory() -> None:
    """Return what was let go to the system: else the worker stays as large, and every module clears again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@pytest.fixture(scope="session")
def melanoma() -> Any:
    """Return the melanoma screen as AnnData, where its files are."""
    if not os.environ.get("HYBRIDCELL_DATA"):
        pytest.skip(
            "the melanoma screen is not in this repository: set HYBRIDCELL_DATA to a folder that has it"
        )
    import hybridcell as hc

    return hc.datasets.melanoma()


@pytest.fixture(scope="session")
def small_network() -> Any:
    """Return a CellBox of 8 nodes: a feedback loop, a branch, a phenotype and two drugs."""
    import numpy as np

    import hybridcell as hc

    weights = np.zeros((len(NAMES),) * 2)
    for (source, target), weight in EDGES.items():
        weights[NAMES.index(target), NAMES.index(source)] = weight
    alpha = np.array([1.0, 0.8, 1.2, 1.0, 0.9, 1.1, 1.0, 1.0])
    return hc.CellBox(NAMES, KINDS, weights, epsilon=1.3, alpha=alpha)


@pytest.fixture(scope="session")
def tiny_screen() -> Any:
    """Return a screen of the small network's nodes: control, two singles at two strengths, a pair."""
    import numpy as np

    from hybridcell.data import PerturbationData

    doses = np.array([[0, 0], [-0.5, 0], [-1, 0], [0, -0.5], [0, -1], [-1, -1]], dtype=float)
    effects = np.array([[-0.1, -0.1, -0.7, -0.6, 0.0, -0.4], [0.0, 0.0, 0.0, 0.1, -0.6, -0.3]])
    return PerturbationData(
        values=np.tanh(-doses @ effects),
        readouts=NAMES[:6],
        kinds=KINDS[:6],
        conditions=tuple(f"c{i}" for i in range(len(doses))),
        perturbations=NAMES[6:],
        doses=doses,
        input="strength",
        control="measured",
    )
