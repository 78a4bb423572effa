"""Files that hold models and results: exact, and harmless whatever is in them."""

from __future__ import annotations

import io
import json
import zipfile

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, scalar_dtypes

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, HybridCellError, InvalidValueError
from hybridcell._core.loaded_checks import check_loaded
from hybridcell._core.parameter import is_parameter
from hybridcell._core.tree_codec import CLASSES, Decoder, encode, find_class
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.mechanisms.cellbox import edge_prior


def screen():
    rng = np.random.default_rng(0)
    doses = np.array([[0, 0], [1, 0], [0, 1], [1, 0.5], [0.5, 1]])
    return PerturbationData(
        values=np.where(rng.random((5, 3)) < 0.1, np.nan, rng.normal(size=(5, 3))),
        readouts=("ERK", "AKT", "growth"),
        kinds=("protein", "protein", "phenotype"),
        conditions=tuple("abcde"),
        perturbations=("aMEK", "aAKT"),
        doses=doses,
        weight=np.ones((5, 3)),
        provenance={"source": "made here", "nested": {"list": [1, 2.5, None, True]}},
    )


def cellbox():
    known = pd.DataFrame({"source": ["ERK"], "target": ["growth"], "sign": [1]})
    targets = pd.DataFrame({"drug": ["aMEK"], "target": ["ERK"], "sign": [1]})
    return hc.CellBox.from_data(screen(), prior=known, drug_targets=targets, key=jr.key(0))


def hybrid():
    return cellbox() + hc.NeuralResidual(width=3, key=jr.key(1))


@pytest.fixture(scope="module")
def ensemble():
    return hc.fit_ensemble(hybrid(), screen(), n=2, steps=2, key=jr.key(3))


@pytest.fixture(scope="module")
def fitted(ensemble):
    """Return a fit as `hc.fit` makes it, without compiling another program."""
    history = {name: values[0] for name, values in ensemble._history.items()}
    return hc.Fit(
        model=ensemble.best,
        result="success",
        loss=float(ensemble.losses[0]),
        train=ensemble.train,
        residual_share=0.25,
        resume="fit.ckpt",
        info=ensemble.info,
        _history=history,
    )


def same(a, b):
    """Equal bit for bit, type for type."""
    if isinstance(a, jax.Array) and jax.dtypes.issubdtype(a.dtype, jax.dtypes.prng_key):
        return isinstance(b, jax.Array) and a.dtype == b.dtype and bool((a == b).all())
    if isinstance(a, np.ndarray | jax.Array | np.generic):
        bits = lambda x: np.ascontiguousarray(x).tobytes() if x.dtype != object else str(x.tolist()).encode()  # noqa: E731
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and bits(a) == bits(b)
    if isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
        return True
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f), getattr(b, f)) for f in a.__dataclass_fields__)
    return type(a) is type(b) and (a == b or (a != a and b != b))


def roundtrip(obj, folder):
    return hc.load(hc.save(obj, folder / "object.hc"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: hc.Parameter(
            [0.5, 2.0], transform="log", bounds=(0, np.inf), prior=("log-normal", 0.0, 1.0), unit="1/h"
        ),
        lambda: hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.5], [0, 0]], envelope="hill", clamp=True),
        cellbox,
        lambda: hc.CellBox.from_data(
            screen(),
            prior=pd.DataFrame({"source": ["ERK"], "target": ["AKT"]}),
            prior_mode="hard",
            key=jr.key(0),
        ),
        hybrid,
        lambda: cellbox() + hc.NeuralResidual(width=0, bound=None, key=jr.key(1, impl="rbg")),
        lambda: hc.NeuralResidual(["aMEK"], width=4, activation="softplus", key=jr.key(1)),
        screen,
        lambda: as_conditions([{"aMEK": 1.0}, {}]),
        lambda: hc.Solve(method="heun", dt=0.1),
        lambda: edge_prior(pd.DataFrame({"source": ["a"], "target": ["b"]}), ("a", "b")),
        lambda: {
            "list": [1, -0.0, float("nan"), float("-inf"), 2**70],
            "tuple": (np.float32(1.5), np.bool_(True)),
        },
        lambda: {
            "text": np.array(["µ", "\u0000x"], dtype=object),
            "fixed": np.array(["ab", "c"]),
            "none": None,
        },
    ],
)
def test_everything_that_can_be_saved_comes_back_bit_for_bit(make, tmp_path):
    obj = make()
    assert same(obj, roundtrip(obj, tmp_path))


def test_fits_and_ensembles_come_back_with_their_data_and_history(fitted, ensemble, tmp_path):
    for obj in (fitted, ensemble):
        back = roundtrip(obj, tmp_path)
        assert same(obj, back)
        pd.testing.assert_frame_equal(obj.history, back.history)
        first, second = (hc.predict(o, {"aMEK": 1.0}) for o in (obj, back))
        assert np.array_equal(first.X, second.X)


def test_a_member_whose_training_failed_is_kept(ensemble, tmp_path):
    def spoil(node):
        return eqx.tree_at(lambda p: p.raw, node, node.raw.at[0].set(jnp.nan)) if is_parameter(node) else node

    members = jax.tree.map(spoil, ensemble.members, is_leaf=is_parameter)
    failed = type(ensemble)(members=members, losses=np.array([np.nan, 1.0]), result=("diverged", "success"))
    assert same(failed, roundtrip(failed, tmp_path))


def test_results_that_hold_tables(tmp_path):
    graph = hc.interactions(cellbox())
    back = roundtrip(graph, tmp_path)
    pd.testing.assert_frame_equal(graph.edges, back.edges)
    assert repr(graph) == repr(back)


def test_a_trajectory_and_a_combination_screen(tmp_path):
    trajectory = hc.simulate(cellbox(), t1=1.0, n_points=3, conditions={"aMEK": 1.0})
    assert same(trajectory, roundtrip(trajectory, tmp_path))
    combinations = hc.screen_combinations(
        cellbox(), readout="growth", drugs=["aMEK", "ERK"], doses=2, input_range=1.0
    )
    back = roundtrip(combinations, tmp_path)
    assert same(combinations, back)
    pd.testing.assert_frame_equal(combinations.top(1), back.top(1))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"x": [1.5, np.nan], "name": ["a", None], "ok": [True, False]}, index=["r", "s"]),
        pd.DataFrame({"x": np.array([], dtype=float)}),
        pd.DataFrame({3: [1], 4: [2]}).rename_axis("row"),
        pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
        pd.DataFrame(index=["only", "rows"]),
    ],
)
def test_tables(frame, tmp_path):
    pd.testing.assert_frame_equal(frame, roundtrip(frame, tmp_path))


@settings(max_examples=40, deadline=None)
@given(
    array=arrays(
        scalar_dtypes().filter(lambda d: d.kind in "biufc"), st.tuples(st.integers(0, 3), st.integers(0, 3))
    )
)
def test_arrays_of_any_type_keep_their_bits(array):
    found: list[np.ndarray] = []
    tree = json.loads(json.dumps(encode({"a": array, "first": array.reshape(-1)[:1]}, found)))
    back = Decoder(lambda name: found[int(name[1:])]).decode(tree)
    assert same({"a": array, "first": array.reshape(-1)[:1]}, back)


def test_equal_objects_give_equal_bytes(tmp_path):
    a, b = (hc.save(hybrid(), tmp_path / name) for name in ("a.hc", "b.hc"))
    assert a.read_bytes() == b.read_bytes()


def test_what_a_file_cannot_hold_is_named(tmp_path):
    path = tmp_path / "x.hc"
    with pytest.raises(InvalidValueError, match=r"object\['a'\]\[1\] is a function"):
        hc.save({"a": [1, len.__class__ and (lambda: 0)]}, path)
    with pytest.raises(InvalidValueError, match="array of object"):
        hc.save(np.array([{}], dtype=object), path)
    itself: list = []
    itself.append(itself)
    with pytest.raises(InvalidValueError, match="contains itself"):
        hc.save(itself, path)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_survives_a_save_that_fails(tmp_path):
    path = hc.save({"a": 1}, tmp_path / "x.hc")
    with pytest.raises(InvalidValueError):
        hc.save({"a": object()}, path)
    assert hc.load(path) == {"a": 1}


def test_classes_of_the_list_exist():
    for name in CLASSES:
        assert find_class(name).__name__ == name


# -- hostile and damaged files -------------------------------------------------------------------------------


def rewrite(path, change=None, *, members=None, drop=(), compress=zipfile.ZIP_DEFLATED):
    """Write the archive anew with its JSON or members changed."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if name not in drop}
    header = json.loads(content.get("hybridcell.json", b"{}"))
    if change is not None:
        header = change(header) or header
        content["hybridcell.json"] = json.dumps(header).encode()
    content.update(members or {})
    with zipfile.ZipFile(path, "w", compress) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def npy(array, **kwargs):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **kwargs)
    return buffer.getvalue()


def field(tree, name):
    return tree["object"]["fields"][name]


def put(name, value):
    def change(header):
        header["object"]["fields"][name] = value

    return change


def simple(folder):
    model = hc.CellBox(["a", "b", "d"], ["protein", "phenotype", "drug"], np.eye(3, k=-1) * 0)
    return hc.save(model, folder / "m.hc")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("clap", True), "field 'clap'.*nearest known is 'clamp'"),
        (lambda h: h["object"]["fields"].pop("mask") and None, "without its field 'mask'"),
        (lambda h: h["object"].update({"class": "CellBix"}), "'CellBix'.*nearest known is 'CellBox'"),
        (lambda h: h["object"].update({"class": "os:system"}), "does not know"),
        (lambda h: h.update(version=99), "version 99.*Upgrade"),
        (lambda h: h.update(version="1"), "version '1'"),
        (lambda h: h.update(format="other"), "format 'hybridcell'"),
        (lambda h: h.update(object={"pickle": "gASV"}), "unknown type"),
        (put("envelope", "tanhh"), "Did you mean 'tanh'"),
        (put("envelope", 3), "envelope is a int"),
        (put("degree", 7), "degree"),
        (put("_names", {"tuple": ["a", "a", "d"]}), "appears twice"),
        (put("_names", {"tuple": ["a", "d"]}), "2 names but 3 kinds"),
        (put("_names", {"list": ["a", "b", "d"]}), "_names is a list"),
        (put("_kinds", {"tuple": ["protein", "phenotyp", "drug"]}), "phenotyp"),
        (put("edge_prior", 1.0), "edge_prior is a float"),
        (put("edge_prior", {"float": "1.0"}), "wanted nan, inf"),
        (lambda h: field(h, "mask").update(numpy="a77"), "'a77' is missing"),
        (lambda h: field(h, "mask").update(numpy=field(h, "_alpha")["fields"]["raw"]["jax"]), "used twice"),
        (lambda h: field(h, "_alpha")["fields"].update(transform="exp"), "transform is 'exp'"),
        (lambda h: field(h, "_alpha")["fields"].update(bounds={"tuple": [1.0, 0.0]}), "bounds"),
    ],
)  # fmt: skip
def test_a_file_that_says_something_wrong_is_refused(change, message, tmp_path):
    with pytest.raises(FileFormatError, match=message):
        hc.load(rewrite(simple(tmp_path), change))


def test_arrays_that_do_not_fit_the_names_are_refused(tmp_path):
    path = simple(tmp_path)
    with zipfile.ZipFile(path) as archive:
        square = next(n for n in archive.namelist() if n.endswith("npy") and b"(3, 3)" in archive.read(n))
    with pytest.raises(FileFormatError, match="Incompatible shapes"):
        hc.load(rewrite(path, members={square: npy(np.zeros((2, 2)))}))


def test_a_hybrid_of_two_models_is_refused(tmp_path):
    path = hc.save(hybrid(), tmp_path / "h.hc")

    def change(header):
        header["object"]["fields"]["residuals"]["tuple"][0]["fields"]["names"]["tuple"][0] = "other"

    with pytest.raises(FileFormatError, match="other nodes"):
        hc.load(rewrite(path, change))


def test_a_residual_with_another_width_than_its_arrays_is_refused(tmp_path):
    path = hc.save(hybrid(), tmp_path / "h.hc")

    def change(header):
        header["object"]["fields"]["residuals"]["tuple"][0]["fields"]["width"] = 5

    with pytest.raises(FileFormatError, match="do not belong together"):
        hc.load(rewrite(path, change))


def test_an_ensemble_with_unequal_lengths_is_refused(ensemble, tmp_path):
    path = hc.save(ensemble, tmp_path / "e.hc")
    with pytest.raises(FileFormatError, match="one loss and one result"):
        hc.load(rewrite(path, put("result", {"tuple": ["success"]})))


def test_pickled_arrays_are_refused(tmp_path):
    path = hc.save(np.zeros(3), tmp_path / "x.hc")
    with pytest.raises(FileFormatError, match="plain numbers"):
        hc.load(rewrite(path, members={"a0.npy": npy(np.array([{}], dtype=object), allow_pickle=True)}))


def test_an_array_may_not_claim_more_than_is_there(tmp_path):
    path = hc.save(np.zeros(3), tmp_path / "x.hc")
    unended = npy(np.zeros(3)).replace(b"(3,)", b"(3, ")
    with pytest.raises(FileFormatError, match="cannot be read as a hybridcell file"):
        hc.load(rewrite(path, members={"a0.npy": unended}))
    lie = npy(np.zeros(3)).replace(b"(3,)", b"(9,)")
    with pytest.raises(FileFormatError, match="not as long as its shape"):
        hc.load(rewrite(path, members={"a0.npy": lie}))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = hc.save(np.zeros(2**22), tmp_path / "x.hc")
    assert path.stat().st_size < 2**16
    assert hc.load(path).shape == (2**22,)
    with pytest.raises(FileFormatError, match="max_bytes"):
        hc.load(path, max_bytes=2**20)


def test_members_that_are_too_many_missing_or_oddly_packed_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="belongs to nothing"):
        hc.load(rewrite(simple(tmp_path), members={"extra.txt": b"x"}))
    with pytest.raises(FileFormatError, match=r"'hybridcell\.json' is missing"):
        hc.load(rewrite(simple(tmp_path), drop=("hybridcell.json",)))
    with pytest.raises(FileFormatError, match="is missing"):
        hc.load(rewrite(simple(tmp_path), drop=("a0.npy",)))
    with pytest.raises(FileFormatError, match="unknown way"):
        hc.load(rewrite(simple(tmp_path), compress=zipfile.ZIP_LZMA))


def test_deep_nesting_is_refused(tmp_path):
    path = hc.save([], tmp_path / "x.hc")
    deep = '{"list":[' * 20_000 + "]}" * 20_000
    text = f'{{"format":"hybridcell","version":1,"object":{deep}}}'
    with pytest.raises(FileFormatError):
        hc.load(rewrite(path, members={"hybridcell.json": text.encode()}))


def test_no_file_and_no_archive(tmp_path):
    hc.save({}, tmp_path / "model.hc")
    with pytest.raises(FileFormatError, match="Did you mean 'model"):
        hc.load(tmp_path / "modell.hc")
    (tmp_path / "text.hc").write_text("not an archive")
    with pytest.raises(FileFormatError, match="not a zip file"):
        hc.load(tmp_path / "text.hc")
    with pytest.raises(FileFormatError):
        hc.load(tmp_path)


def test_single_precision_does_not_round_silently(tmp_path):
    path = simple(tmp_path)
    hc.config.precision = "float32"
    try:
        with pytest.raises(FileFormatError, match="precision"):
            hc.load(path)
    finally:
        hc.config.precision = "float64"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    obj = {"model": hybrid(), "table": pd.DataFrame({"x": [1.0, 2.0]}), "n": 3}
    path = hc.save(obj, tmp_path_factory.mktemp("sample") / "x.hc")
    return obj, path.read_bytes(), tmp_path_factory.mktemp("damaged")


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damage_gives_an_equal_object_or_a_clear_error(sample, data):
    obj, content, folder = sample
    kind = data.draw(st.sampled_from(["cut", "flip", "insert", "swap"]))
    place = data.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    if kind == "cut":
        damaged = damaged[:place]
    elif kind == "flip":
        damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "insert":
        damaged[place:place] = data.draw(st.binary(min_size=1, max_size=8))
    else:
        damaged[place : place + 4] = damaged[place : place + 4][::-1]
    path = folder / "damaged.hc"
    path.write_bytes(bytes(damaged))
    try:
        found = hc.load(path)
    except FileFormatError:
        return
    assert same(obj, found)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_json_gives_a_model_of_right_structure_or_a_clear_error(sample, data):
    """The archive is whole here, so that the change reaches the decoder."""
    _, content, folder = sample
    path = folder / "json.hc"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        text = bytearray(archive.read("hybridcell.json"))
    place = data.draw(st.integers(0, len(text) - 1))
    text[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    rewrite(path, members={"hybridcell.json": bytes(text)})
    try:
        found = hc.load(path)
    except FileFormatError:
        return
    for value in found.values() if isinstance(found, dict) else [found]:
        check_loaded(value)
    if isinstance(found, dict) and "model" in found:
        model = found["model"]
        assert model.vector_field(0.0, jnp.zeros((1, model.n)), jnp.zeros((1, model.n))).shape == (1, model.n)


def test_errors_belong_to_the_family():
    assert issubclass(FileFormatError, HybridCellError)
    assert issubclass(FileFormatError, ValueError)


def test_networks_of_reactions_come_back_with_their_neural_pieces(tmp_path):
    network = hc.read_sbml(hc.networks.load("glycolysis"))
    hybrid = network.replace("upper", hc.NeuralRate(["glucose", "ATP"], width=3, key=jr.key(0)))
    hybrid = hybrid + hc.NeuralParameter("k2", ["line_A"], width=2, key=jr.key(1))
    hybrid = hybrid + hc.NeuralResidual(["NADH"], ["NADH", "NAD"], width=2, key=jr.key(2))
    hybrid = hybrid.with_values({"nn_upper_w2_1_1": 0.7}) + hc.NeuralReadout("s", ["ATP"], key=jr.key(3))
    back = hc.load(hc.save(hybrid, tmp_path / "hybrid.hc"))
    assert repr(back) == repr(hybrid)
    np.testing.assert_array_equal(back.values, hybrid.values)
    assert back.equations.constants == hybrid.equations.constants
    assert [hole.piece for hole in back.holes][:2] == [hole.piece for hole in hybrid.holes][:2]
    solve = hc.Solve(backend="numpy")
    first, again = (hc.simulate(n, t1=0.5, n_points=3, solve=solve) for n in (hybrid, back))
    np.testing.assert_array_equal(again.values, first.values)
    bare = (n.mechanistic_only() for n in (hybrid, back))
    first, again = (hc.simulate(n, t1=0.5, n_points=3, solve=solve) for n in bare)
    np.testing.assert_array_equal(again.values, first.values)


def test_a_network_with_another_start_is_refused_when_it_is_loaded(tmp_path):
    network = hc.read_sbml(
        "model m; compartment c = 1; species A in c, B in c; A = 2*k; B = 0; r: A -> B; k*A; k = 0.5; end"
    )
    moved = network.starting_from([1.0, 1.0])
    with pytest.raises(FileFormatError, match="starting_from"):
        hc.load(hc.save(moved, tmp_path / "moved.hc"))
