"""Hierarchical optimization on published problems."""

from __future__ import annotations

import pytest

import hybridcell as hc
from tests.io.petab.problems import BENCHMARK

#: Problem -> whether numerically, and how many inner parameters of each role.
PUBLISHED = {
    "Boehm_JProteomeRes2014": (False, {"noise": 3}),
    "Fujita_SciSignal2010": (False, {"scaling": 3}),
    "Raia_CancerResearch2011": (True, {"numerical": 21}),
}
#: The others compile for up to a minute each.
ALWAYS = ("Boehm_JProteomeRes2014",)
WHICH = [pytest.param(name, marks=[] if name in ALWAYS else [pytest.mark.suite]) for name in PUBLISHED]


@pytest.mark.slow
@pytest.mark.skipif(not BENCHMARK.is_dir(), reason="$HYBRIDCELL_DATA/petab-benchmark is not there")
@pytest.mark.parametrize("name", WHICH)
def test_published_problems(name):
    numerical, counts = PUBLISHED[name]
    problem = hc.read_petab(BENCHMARK / name / f"{name}.yaml")
    outer = problem.hierarchical(numerical=numerical)
    assert outer.roles["role"].value_counts().to_dict() == counts
    value = outer.values(outer.nominal[None])[0]
    assert value == pytest.approx(-problem.log_posterior(outer.full()), abs=1e-8)
    assert value <= -problem.log_posterior()
