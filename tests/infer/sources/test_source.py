"""All sources answer all that inference asks."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.infer.sources.source import Source
from hybridcell.infer.target import as_target

ASKED = [name for name in vars(Source) if not name.startswith("_")]


@pytest.mark.parametrize("name", ["decaying", "fitted"])
def test_nothing_is_missing(name, request):
    source = as_target(request.getfixturevalue(name)).source
    assert len(ASKED) >= 9
    for asked in (*ASKED, "objective", "scales", "nominal", "what"):
        assert hasattr(source, asked), asked
    assert len(source.scales) == len(source.objective.names) == len(source.nominal)
    assert np.isfinite(source.density()(np.asarray(source.nominal)[None])).all()
