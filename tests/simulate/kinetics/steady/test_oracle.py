"""Steady states of published models against libRoadRunner and against long integration."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import SBMLWarning
from hybridcell.simulate.kinetics.steady import solve_network_steady_state

MODELS = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "biomodels" / "sbml"
pytestmark = pytest.mark.skipif(
    not os.environ.get("HYBRIDCELL_DATA") or not MODELS.is_dir(),
    reason="the BioModels files are not in this repository: set HYBRIDCELL_DATA to a folder that has them",
)


def network(number: int) -> tuple[hc.ReactionNetwork, str]:
    """Read a model."""
    path = str(MODELS / f"BIOMD{number:010d}.xml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SBMLWarning)
        return hc.read_sbml(path), path


@pytest.mark.parametrize("number", [14, 28, 448])
def test_against_libroadrunner(number: int) -> None:
    roadrunner = pytest.importorskip("roadrunner", reason="libRoadRunner is the oracle")
    ours, path = network(number)
    found = solve_network_steady_state(
        ours.equations, np.asarray(ours.values)[None], solve=hc.Solve(backend="numpy")
    )
    assert found.success[0]
    assert found.method == ("newton",)
    theirs = roadrunner.RoadRunner(path)
    theirs.conservedMoietyAnalysis = True
    theirs.getSteadyStateSolver().setValue("allow_presimulation", True)
    theirs.getSteadyStateSolver().setValue("presimulation_time", 1000.0)
    theirs.steadyState()
    wanted = dict(zip(theirs.model.getFloatingSpeciesIds(), theirs.model.getFloatingSpeciesAmounts()))
    for name, x in zip(ours.equations.states, found.x[0]):
        if name in wanted:
            assert abs(x - wanted[name]) <= 1e-8 * abs(wanted[name]) + 1e-10 * np.abs(found.x[0]).max(), name


@pytest.mark.parametrize("number", [9, 48, 183])
def test_against_long_integration(number: int) -> None:
    """Amounts of 1e-25 (183), a start far from rest (48): libRoadRunner finds other states, or none."""
    ours, _ = network(number)
    settled = solve_network_steady_state(
        ours.equations, np.asarray(ours.values)[None], solve=hc.Solve(backend="numpy")
    )
    assert settled.success[0]
    late = hc.simulate(ours, t1=1e4, ts=[0.0, 1e4], solve=hc.Solve(backend="numpy", rtol=1e-9))
    x = np.asarray(late.values)[0, -1]
    np.testing.assert_allclose(settled.x[0], x, rtol=1e-6, atol=1e-9 * np.abs(x).max())
