import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError
from hybridcell.fit import trainer
from hybridcell.fit.checkpoint import fingerprint, read_checkpoint, write_checkpoint

OPTIONS = {"steps": 70, "learning_rate": 0.02, "validation": 0.3}


class _Killed(Exception):
    pass


def _interrupted(model, screen, path, monkeypatch, *, after, **options):
    """Run a fit until it has written its checkpoint `after` times, then break it off."""
    written = []

    def write(*args, **kwargs):
        write_checkpoint(*args, **kwargs)
        written.append(1)
        if len(written) == after:
            raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(trainer, "write_checkpoint", write)
        with pytest.raises(_Killed):
            hc.fit(model, screen, checkpoint=path, key=jr.key(1), **{**OPTIONS, **options})


@pytest.mark.parametrize("after", [1, 3, 4])
def test_a_broken_fit_goes_on_to_the_same_bits(after, model, screen, tmp_path, monkeypatch, same_bits):
    path = tmp_path / "fit.npz"
    whole = hc.fit(model, screen, key=jr.key(1), **OPTIONS)
    _interrupted(model, screen, path, monkeypatch, after=after)
    resumed = hc.fit(model, screen, checkpoint=path, key=jr.key(1), **OPTIONS)
    assert same_bits(whole.model, resumed.model)
    np.testing.assert_array_equal(whole.history, resumed.history)
    assert resumed.resume == str(path)
    assert [p.name for p in tmp_path.iterdir()] == ["fit.npz"]


def test_a_finished_fit_is_read_back(model, screen, tmp_path, monkeypatch, same_bits):
    path = tmp_path / "fit.npz"
    whole = hc.fit(model, screen, checkpoint=path, key=jr.key(1), **OPTIONS)
    monkeypatch.setattr(trainer, "run_blocks", None)  # no step is taken
    again = hc.fit(model, screen, checkpoint=path, key=jr.key(1), **OPTIONS)
    assert same_bits(whole.model, again.model)
    assert whole.loss == again.loss


def test_a_fit_that_stopped_early_is_resumed_as_stopped(model, screen, tmp_path, monkeypatch, same_bits):
    options = {"steps": 200, "learning_rate": 0.3, "patience": 5}
    path = tmp_path / "fit.npz"
    whole = hc.fit(model, screen, key=jr.key(1), **{**OPTIONS, **options})
    assert len(whole.history) < 150
    _interrupted(model, screen, path, monkeypatch, after=1, **options)
    resumed = hc.fit(model, screen, checkpoint=path, key=jr.key(1), **{**OPTIONS, **options})
    assert same_bits(whole.model, resumed.model)
    again = hc.fit(model, screen, checkpoint=path, key=jr.key(1), **{**OPTIONS, **options})
    assert same_bits(whole.model, again.model)
    np.testing.assert_array_equal(whole.history, again.history)


@pytest.mark.parametrize("what", ["data", "settings", "key", "model", "solver"])
def test_a_checkpoint_of_another_training_is_refused(what, model, screen, tmp_path):
    path = tmp_path / "fit.npz"
    given = {"model": model, "data": screen, "key": jr.key(1), **OPTIONS}
    hc.fit(**given, checkpoint=path)
    before = path.read_bytes()
    values = screen.values.copy()
    values[0, 0] += 1e-9
    other = {
        "data": {"data": dataclasses.replace(screen, values=values)},
        "settings": {"l1": 0.2},
        "key": {"key": jr.key(2)},
        "model": {"model": hc.CellBox.from_data(screen, key=jr.key(5))},
        "solver": {"iterations": 7},
    }[what]
    with pytest.raises(FileFormatError, match="belongs to another training"):
        hc.fit(**{**given, **other}, checkpoint=path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "array", "other zip", "folder"])
def test_a_damaged_checkpoint_is_refused(damage, model, screen, tmp_path):
    path = tmp_path / "fit.npz"
    hc.fit(model, screen, checkpoint=path, key=jr.key(1), **OPTIONS)
    content = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "text":
        path.write_text("not a checkpoint")
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = len(content) // 2
        path.write_bytes(
            content[:middle] + bytes(b ^ 0xFF for b in content[middle : middle + 64]) + content[middle + 64 :]
        )
    elif damage == "array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif damage == "other zip":
        with path.open("wb") as file:
            np.savez(file, a=np.zeros(3))
    else:
        path.unlink()
        path.mkdir()
    with pytest.raises(FileFormatError, match="no checkpoint"):
        hc.fit(model, screen, checkpoint=path, key=jr.key(1), **OPTIONS)


def test_a_checkpoint_holds_no_pickle(tmp_path):
    path = tmp_path / "bad.npz"
    with path.open("wb") as file:
        np.savez(file, header=np.array([object()], dtype=object))
    with pytest.raises(FileFormatError):
        read_checkpoint(path, {}, mark="m")


def test_state_comes_back_as_it_went(tmp_path):
    path = tmp_path / "deep" / "state.npz"
    state = {"a": jnp.arange(3.0), "b": (jnp.asarray(True), None, jnp.asarray(7))}
    history = np.array([[np.nan, 1.0]])
    assert read_checkpoint(path, state, mark="m") is None
    write_checkpoint(path, state, done=4, history=history, mark="m")
    found, done, past = read_checkpoint(path, state, mark="m")
    assert done == 4
    np.testing.assert_array_equal(past, history)
    np.testing.assert_array_equal(found["a"], [0, 1, 2])
    assert found["b"][0].dtype == bool
    assert found["b"][1] is None
    assert int(found["b"][2]) == 7


def test_fingerprints_tell_everything_apart():
    base = (np.arange(3.0), {"x": 1}, "text", jr.key(0))
    same = (jnp.arange(3.0), {"x": 1}, "text", jr.key(0))
    assert fingerprint(*base) == fingerprint(*same)
    others = [
        (np.arange(3.0) + 1e-15, *base[1:]),
        (np.arange(3), *base[1:]),
        (base[0], {"x": 2}, *base[2:]),
        (base[0], {"y": 1}, *base[2:]),
        (*base[:2], "tex", base[3]),
        (*base[:3], jr.key(1)),
        (base[0].reshape(1, 3), *base[1:]),
    ]
    marks = {fingerprint(*other) for other in [base, *others]}
    assert len(marks) == 1 + len(others)


_SCRIPT = """
import sys, numpy as np, jax, jax.random as jr, hybridcell as hc
screen = hc.datasets.demo(seed=0)
model = hc.CellBox.from_data(screen, key=jr.key(0))
fitted = hc.fit(model, screen, steps=int(sys.argv[2]), checkpoint=sys.argv[1], key=jr.key(1), validation=0.3)
"""


def test_a_fit_killed_by_the_system_goes_on_to_the_same_bits(tmp_path, same_bits):
    path, steps = tmp_path / "fit.npz", 1500
    child = subprocess.Popen([sys.executable, "-c", _SCRIPT, str(path), str(steps)], env=os.environ.copy())
    try:
        for _ in range(6000):
            if path.exists() or child.poll() is not None:
                break
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert child.returncode == -signal.SIGKILL, "it ended before it could be killed"
    with np.load(path) as file:
        done = json.loads(str(file["header"]))["done"]
    assert 0 < done < steps
    screen = hc.datasets.demo(seed=0)
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    options = {"steps": steps, "validation": 0.3, "key": jr.key(1)}
    resumed = hc.fit(model, screen, checkpoint=path, **options)
    whole = hc.fit(model, screen, **options)
    assert same_bits(resumed.model, whole.model)
    np.testing.assert_array_equal(resumed.history, whole.history)
