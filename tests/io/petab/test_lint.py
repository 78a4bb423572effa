from __future__ import annotations

import importlib.util

import pytest

from hybridcell.io.petab import lint_with_petab
from tests.io.petab.problems import problem

HAS_PETAB = importlib.util.find_spec("petab") is not None


@pytest.mark.skipif(HAS_PETAB, reason="petab is installed")
def test_without_petab_there_is_no_answer(tmp_path):
    assert lint_with_petab(problem(tmp_path, 1)) is None


@pytest.mark.skipif(not HAS_PETAB, reason="petab is not installed")
def test_petab_finds_an_error(tmp_path):
    assert lint_with_petab(problem(tmp_path, 1, parameters=("k1 log10", "k1 log11")))
