"""What is missing is said with how to get it."""

from __future__ import annotations

import sys

import jax
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.extra import needed
from hybridcell.infer.posterior.sample import sample


def test_what_is_there_is_returned():
    assert needed("json").dumps(1) == "1"


def test_what_is_missing_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "blackjax", None)
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match=r"blackjax.*pip install 'hybridcell\[bayes\]'"):
        sample(bowl, at=[0.0], key=jax.random.key(0))
