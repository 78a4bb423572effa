"""Cases of the SBML Test Suite through both backends, every tag among them; `make suite` judges all."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle.sbml_judge import covering_sample, every_level, needs_suite, unpack, verdict, wrong_cells

#: Cases in one test share what is loaded and compiled.
_PARTS = 4


def failures(backend: str, names: list[str], folder) -> dict[str, str]:
    cases = unpack("semantic.tar.gz", names, folder)
    found = {case.name: verdict(case, case.models[-1], backend) for case in cases}
    return {name: one for name, one in found.items() if one != "pass"}


@needs_suite
@pytest.mark.slow
@pytest.mark.parametrize("part", range(_PARTS))
def test_every_tag_with_numpy(part, tmp_path):
    assert failures("numpy", covering_sample(80)[part::_PARTS], tmp_path) == {}


@needs_suite
@pytest.mark.slow
@pytest.mark.parametrize("part", range(_PARTS))
def test_every_tag_with_jax(part, tmp_path):
    assert failures("jax", covering_sample(24)[part::_PARTS], tmp_path) == {}


@needs_suite
@pytest.mark.slow
def test_every_level_and_version_says_the_same(tmp_path):
    cases = unpack("semantic-levels.tar.gz", every_level(), tmp_path)
    found = {model.name: verdict(case, model, "numpy") for case in cases for model in case.models}
    assert {name: one for name, one in found.items() if one != "pass"} == {}


def test_the_judge():
    wanted = np.array([1.0, 1.0, np.nan, np.nan, np.inf, np.inf, 1.0])
    found = np.array([1.1, 1.3, np.nan, 1.0, np.inf, -np.inf, np.nan])
    wrong = wrong_cells(wanted, found, absolute=0.1, relative=0.1)
    assert wrong.tolist() == [False, True, False, True, False, True, True]
