"""One plan for all that look at plans."""

from __future__ import annotations

import pytest

from hybridcell.therapy import optimize_schedule
from tests.therapy.scheduling.models import ASKED, LIMITS, ensemble


@pytest.fixture(scope="session")
def plan():
    return optimize_schedule(ensemble(), limits=LIMITS, risk="worst", n_starts=4, **ASKED)
