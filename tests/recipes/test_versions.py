from __future__ import annotations

import jax

from hybridcell.recipes import versions


def test_versions_are_those_installed():
    found = versions()
    assert found["jax"] == jax.__version__
    assert found["precision"] == "float64"
    assert "not installed" not in found.values()
