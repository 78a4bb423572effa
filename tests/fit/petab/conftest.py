"""Problems are read and compiled once for all tests."""

from __future__ import annotations

from functools import cache

import pytest

import hybridcell as hc
from tests.fit.petab.problems import CASES

#: So exact that central differences are, too.
EXACT = hc.Solve(rtol=1e-10, atol=1e-12)


@pytest.fixture(scope="session")
def problem_of(tmp_path_factory):
    """Return a function of the name of a case that gives its problem."""

    @cache
    def read(name):
        folder = tmp_path_factory.mktemp("petab")
        return hc.read_petab(CASES[name].write(folder), solve=EXACT)

    return read
