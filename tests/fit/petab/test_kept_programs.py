from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.fit.petab.kept_programs import digest_of, kept_program


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(hc.config, "cache_dir", tmp_path)
    return tmp_path / "programs"


def _doubled(calls):
    def function(x, y):
        calls.append(1)
        return 2 * x + y, jnp.sum(x)

    return function


ARGS = (jnp.arange(3.0), jnp.ones(3))


def test_a_program_is_traced_once(cache):
    calls: list[int] = []
    first = kept_program(_doubled(calls), ARGS, "a")(*ARGS)
    again = kept_program(_doubled(calls), ARGS, "a")(*ARGS)
    assert len(calls) == 1
    assert [p.suffix for p in cache.iterdir()] == [".jax"]
    for one, other in zip(first, again):
        np.testing.assert_array_equal(one, other)


def test_another_origin_or_shape_is_another_program(cache):
    calls: list[int] = []
    for origin, args in (("a", ARGS), ("b", ARGS), ("a", (jnp.arange(4.0), jnp.ones(4)))):
        value, _ = kept_program(_doubled(calls), args, origin)(*args)
        np.testing.assert_array_equal(value, 2 * args[0] + 1)
    assert len(calls) == 3


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x00" * 64])
def test_a_damaged_file_is_made_again(cache, content):
    calls: list[int] = []
    kept_program(_doubled(calls), ARGS, "a")
    [path] = cache.iterdir()
    path.write_bytes(content)
    value, _ = kept_program(_doubled(calls), ARGS, "a")(*ARGS)
    np.testing.assert_array_equal(value, 2 * ARGS[0] + 1)
    assert len(calls) == 2


def test_without_a_place_nothing_is_kept(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr(hc.config, "cache_dir", blocked)
    value, _ = kept_program(_doubled([]), ARGS, "a")(*ARGS)
    np.testing.assert_array_equal(value, 2 * ARGS[0] + 1)


def test_the_fingerprint_is_of_names_and_content(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("ab")
    other.write_text("c")
    found = {digest_of([one, other]), digest_of([other, one]), digest_of([one])}
    other.write_text("d")
    found.add(digest_of([one, other]))
    assert len(found) == 4
