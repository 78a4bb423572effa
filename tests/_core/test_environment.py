from __future__ import annotations

import tomllib
import warnings

import pytest

from hybridcell._core.environment import BAD_JAX_VERSIONS, batched_matvec_error, warn_about_bad_jax
from tests.conftest import ROOT


def test_the_installed_jax_multiplies_small_batched_matrices_right():
    # jit of a vmapped 3 x 3 mat-vec followed by a sum: bad releases are off by more than 100
    assert batched_matvec_error() < 1e-10


@pytest.mark.parametrize("version", BAD_JAX_VERSIONS)
def test_a_bad_release_is_warned_about(version):
    with pytest.warns(RuntimeWarning, match=f"jax {version} returns wrong .* Install another release"):
        warn_about_bad_jax(version)


@pytest.mark.parametrize("version", [None, "0.10.1", "0.11.2"])
def test_a_good_release_is_not_warned_about(version):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_about_bad_jax(version)


def test_bad_releases_are_excluded_by_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["gpu"]]
    jax = [line for line in wanted if line.startswith(("jax>", "jax["))]
    assert len(jax) == 2
    assert all(f"!={version}" in line for line in jax for version in BAD_JAX_VERSIONS)
