"""The shipped reaction networks by hybridcell itself: to their references, and written and read again."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data import ReactionEntry

NAMES = [name for name in hc.networks.available() if isinstance(hc.networks.load(name), ReactionEntry)]
#: Tight enough for references of oscillators, in which errors of the phase add up.
SOLVE = {backend: hc.Solve(backend=backend, rtol=1e-10) for backend in ("numpy", "jax")}


def distance(entry, network, backend):
    """Return the largest deviation from the reference, as a share of the largest value of its column."""
    times = entry.reference.index.to_numpy()
    found = hc.simulate(network, t1=times[-1], ts=times, solve=SOLVE[backend])
    assert found.result == ("success",)
    table = found.to_dataframe(amounts=entry.amounts, concentrations=entry.concentrations)
    wanted = entry.reference.to_numpy()
    return np.max(
        np.abs(table[list(entry.reference.columns)].to_numpy() - wanted) / np.abs(wanted).max(axis=0)
    )


#: Compiled by default: a delay, an event that divides, an oscillator, and a large one.
COMPILED = ("jak_stat", "cell_division", "repressilator", "nfkb")
WHICH = [("numpy", name) for name in NAMES] + [
    pytest.param("jax", name, marks=[] if name in COMPILED else [pytest.mark.suite]) for name in NAMES
]


@pytest.mark.parametrize(("backend", "name"), WHICH)
def test_the_reference_is_reproduced(name, backend):
    entry = hc.networks.load(name)
    assert distance(entry, hc.read_sbml(entry), backend) < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_and_read_again(name, tmp_path):
    entry = hc.networks.load(name)
    network = hc.read_sbml(entry)
    hc.write_sbml(network, tmp_path / "again.xml")
    again = hc.read_sbml(tmp_path / "again.xml")
    for kind in ("species", "reactions", "parameters", "compartments", "events", "rules"):
        assert getattr(again, kind).ids == getattr(network, kind).ids
    assert [s.annotation for s in again.species] == [s.annotation for s in network.species]
    assert distance(entry, again, "numpy") < 1e-6


@pytest.mark.parametrize("name", [name for name in NAMES if name != "jak_stat"])
def test_libroadrunner_agrees(name):
    roadrunner = pytest.importorskip("roadrunner", reason="libRoadRunner is an oracle of tests only")
    entry = hc.networks.load(name)
    other = roadrunner.RoadRunner(entry.text)
    other.integrator.relative_tolerance, other.integrator.absolute_tolerance = 1e-10, 1e-16
    species = set(other.model.getFloatingSpeciesIds())
    columns = [f"[{c}]" if c in species and c not in entry.amounts else c for c in entry.reference.columns]
    other.timeCourseSelections = ["time", *columns]
    found = np.asarray(other.simulate(times=entry.reference.index.tolist()))[:, 1:]
    wanted = entry.reference.to_numpy()
    assert np.max(np.abs(found - wanted) / np.abs(wanted).max(axis=0)) < 1e-6
