from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData

read = PerturbationData.from_anndata


def annotated(obs, *, values=None, uns=None, doses=None, readouts=("g1", "g2")):
    obs = pd.DataFrame(obs)
    obs.index = [f"r{i}" for i in range(len(obs))]
    values = np.full((len(obs), len(readouts)), 0.5) if values is None else np.asarray(values, dtype=float)
    adata = anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=list(readouts)))
    if doses is not None:
        adata.obsm["doses"] = pd.DataFrame(doses, index=adata.obs_names)
    if uns is not None:
        adata.uns["hybridcell"] = uns
    return adata


def test_gears():
    adata = annotated(
        {"condition": ["ctrl", "KLF1+ctrl", "ctrl+BAK1", "KLF1+BAK1"], "dose_val": ["1", "1+1", "1+1", "1+1"]}
    )
    data = read(adata)
    assert data.labels == ("control", "KLF1", "BAK1", "BAK1+KLF1")
    assert data.kinds == ("gene", "gene")
    assert data.provenance["understood"] == {
        "convention": "GEARS",
        "perturbation": "obs['condition'], names joined by '+'",
        "control": "'ctrl' (1 rows)",
        "dose": "obs['dose_val']",
        "values": "X",
    }


def test_cpa():
    adata = annotated(
        {"condition": ["control", "nutlin", "nutlin+BMS"], "dosage": ["0.0", "0.1", "0.1+1e+1"]}
    )
    with pytest.raises(DataError, match=r"'0.1\+1e\+1', which is not numbers"):
        read(adata)
    adata.obs["dosage"] = [np.nan, "0.1", "0.1+10"]
    data = read(adata)
    assert data.provenance["understood"]["convention"] == "CPA"
    assert data.perturbations == ("BMS", "nutlin")
    assert data.doses.tolist() == [[0, 0], [0, 0.1], [10, 0.1]]


def test_scperturb_with_its_own_separator():
    obs = {"perturbation": ["control", "A", "B", "A_B"], "nperts": [0, 1, 1, 2]}
    with pytest.raises(DataError, match=r"'A_B' looks like the combination of 'A' and 'B'.*sep='_'"):
        read(annotated(obs))
    data = read(annotated(obs), sep="_")
    assert data.labels == ("control", "A", "B", "A+B")
    assert data.provenance["understood"]["convention"] == "pertpy/scPerturb"


def test_nperts_catches_a_separator_inside_a_name():
    obs = {"perturbation": ["control", "CD3_CD28", "B_C"], "nperts": [0, 1, 2]}
    with pytest.raises(DataError, match=r"Row 'r1' names 2 perturbation\(s\).*obs\['nperts'\] says 1"):
        read(annotated(obs), sep="_")


def test_virtual_cell_challenge():
    data = read(annotated({"target_gene": ["non-targeting", "TP53", "MDM2"]}))
    assert data.labels == ("control", "TP53", "MDM2")
    assert data.provenance["understood"]["convention"] == "Virtual Cell Challenge"
    assert data.provenance["understood"]["dose"].startswith("not stated")


def test_columns_named_by_the_caller():
    adata = annotated(
        {"guide": ["NT", "A|B"], "amount": ["", "1|2"], "hours": ["0", "24"], "line": ["HeLa", "K562"]}
    )
    adata.layers["logs"] = np.ones((2, 2))
    data = read(
        adata,
        perturbation="guide",
        control="NT",
        sep="|",
        dose="amount",
        time="hours",
        context="line",
        layer="logs",
    )
    assert data.doses.tolist() == [[0, 0], [1, 2]]
    assert data.time.tolist() == [0, 24]
    assert data.context == ("HeLa", "K562")
    assert data.values.min() == 1
    assert data.provenance["understood"]["context"] == "obs['line']"


def test_categories_and_sparse_matrices_are_read():
    adata = annotated({"perturbation": pd.Categorical(["control", "A"])})
    adata.X = scipy.sparse.csr_matrix([[0.5, 0.0], [0.0, 1.5]])
    assert read(adata).values.tolist() == [[0.5, 0], [0, 1.5]]


@pytest.mark.parametrize(
    ("obs", "options", "message"),
    [
        (
            {"perturbation": ["A", "B"]},
            {},
            "No row is the control; the labels are 'A', 'B'.*control='implied'",
        ),
        ({"condition": ["A+ctrl", "B+ctrl"]}, {}, "No row is the control"),
        ({"condition": ["A+ctrl", "B+ctrl"]}, {"control": "ctrl"}, "No row is the control"),
        (
            {"perturbation": ["control", "DMSO", "A"]},
            {},
            "Several labels could be the control: 'DMSO', 'control'",
        ),
        ({"perturbation": [None, "A"]}, {}, r"empty \(NaN\) in 1 row.*'None'.*keep_default_na=False"),
        ({"perturbation": ["nan", "A"]}, {}, "keep_default_na=False"),
        ({"perturbation": ["control", "Na+"]}, {}, "leaves an empty name"),
        ({"perturbation": ["control", "A+A"]}, {}, "names a perturbation twice"),
        ({"perturbation": ["control", "g-1"]}, {"sep": "-"}, "'g-1' is the name of a readout"),
        (
            {"perturbation": ["control", "A+B"], "dose": ["0", "1"]},
            {},
            r"names 2 perturbation\(s\).*gives 1 dose",
        ),
        (
            {"perturbation": ["control", "A"], "dose": ["0", "1+2"]},
            {},
            r"names 1 perturbation\(s\).*gives 2 dose",
        ),
        ({"perturbation": ["control", "A"], "dose": ["0", "5 uM"]}, {}, "'5 uM', which is not numbers"),
        ({"perturbation": ["control", "A"], "dose": ["0", None]}, {}, r"'A'\) has no dose in obs\['dose'\]"),
        ({"perturbation": ["control", "A"], "dose": ["0", "-1"]}, {}, "negative at row 'r1', column 'A'"),
        ({"perturbation": ["control", "A"], "dose": ["0", "inf"]}, {}, "NaN or infinite at row 'r1'"),
        (
            {"perturbation": ["control", "A"], "condition": ["ctrl", "B"]},
            {},
            "Both obs.*perturbation='perturbation'",
        ),
        ({"perturbation": ["control", "A"], "dose": [0, 1], "dosage": [0, 2]}, {}, "Both obs.*dose='dosage'"),
        ({"perturbation": ["control", "A"], "time": ["0h", "24h"]}, {}, r"obs\['time'\] is not numeric"),
        (
            {"perturbation": ["control", "A"], "context": ["x", None]},
            {},
            r"obs\['context'\] is empty in 1 row",
        ),
        ({"what": ["control", "A"]}, {}, r"none of obs\['perturbation', 'condition', 'target_gene'\]"),
    ],
)
def test_ambiguous_data_are_refused(obs, options, message):
    with pytest.raises(DataError, match=message):
        read(annotated(obs, readouts=("g-1", "g2")), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"perturbation": "perturbatoin"}, "Did you mean 'perturbation'.*argument perturbation="),
        ({"control": "contrl"}, "Did you mean 'control'.*argument control="),
        ({"dose": "amount"}, "no obs column 'amount'.*argument dose="),
        ({"layer": "logs"}, "no layer 'logs'. Did you mean 'log'"),
        ({"time": "hours"}, "no obs column 'hours'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(options, message):
    adata = annotated({"perturbation": ["control", "A"]})
    adata.layers["log"] = adata.X
    with pytest.raises(UnknownNameError, match=message):
        read(adata, **options)


def test_values_are_checked():
    obs = {"perturbation": ["control", "A"]}
    with pytest.raises(DataError, match="infinite at row 'r0', column 'g2'"):
        read(annotated(obs, values=[[0, -np.inf], [1, 1]]))
    with pytest.raises(DataError, match="up to 5321: they look like raw counts"):
        read(annotated(obs, values=[[0, 12], [5321, 1]]))
    assert np.isnan(read(annotated(obs, values=[[0, np.nan], [0.5, 1]])).values[0, 1])
    adata = annotated(obs, values=[[0, 12], [5321, 1]])
    adata.layers["log"] = np.log1p(adata.X)
    assert read(adata, layer="log").values.max() < 9


@pytest.mark.filterwarnings("ignore:Observation names are not unique", "ignore:Variable names are not unique")
def test_names_must_be_unique():
    adata = annotated({"perturbation": ["control", "A"]}, readouts=("g", "g"))
    with pytest.raises(DataError, match=r"readout \(var\) name 'g' is used 2 times.*var_names_make_unique"):
        read(adata)
    adata = annotated({"perturbation": ["control", "A"]})
    adata.obs_names = ["r", "r"]
    with pytest.raises(DataError, match="obs_names_make_unique"):
        read(adata)


def native(**changes):
    options = {
        "obs": {"perturbation": ["control", "A", "A+B"], "dose": ["0", "0.5", "0.5+2"]},
        "doses": {"A": [0, 0.5, 0.5], "B": [0, 0, 2.0]},
        "uns": {"input": "dose"},
    }
    return annotated(**(options | changes))


def test_native():
    data = read(native())
    assert data.perturbations == ("A", "B")
    assert data.dose_labels == ("0", "0.5", "0.5+2")
    assert data.kinds == ("protein", "protein")
    assert data.provenance["understood"]["convention"] == "hybridcell"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"obs": {"perturbation": ["control", "A", "A"]}},
            DataError,
            r"is 'A', but obsm\['doses'\] gives 'A\+B'",
        ),
        ({"obs": {"perturbation": ["control", "A", None]}}, DataError, r"is empty, but obsm\['doses'\]"),
        ({"obs": {"perturbation": ["control", "A", "A+C"]}}, UnknownNameError, "no perturbation 'C'"),
        ({"obs": {"dose": ["0", "0.5", "0.5"]}}, DataError, r"'0.5', but obsm\['doses'\] gives 2"),
        ({"doses": {"A+B": [0, 0.5, 1]}, "obs": {"x": [0, 0, 0]}}, DataError, r"contains '\+'"),
        ({"doses": {"A": [0, -0.5, -0.5], "B": [0, 0, -2.0]}}, DataError, "negative.*'strength'"),
        ({"doses": {"A": [1, 2, 3]}, "obs": {"x": [0, 0, 0]}}, DataError, "No row is the control"),
        ({"uns": {"schema": "2"}}, DataError, "schema'.* is '2'.*upgrade"),
        ({"uns": {"control": "implicit"}}, InvalidValueError, "Did you mean 'implied'"),
        ({"uns": {"input": "strenght"}}, InvalidValueError, "Did you mean 'strength'"),
    ],
)
def test_native_data_that_contradict_themselves_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        read(native(**changes))


def test_a_declared_measured_control_must_be_there_unless_the_rows_are_part_of_a_screen():
    declared = {"input": "dose", "control": "measured"}
    adata = native(uns=declared)
    with pytest.raises(DataError, match="No row is the control"):
        read(adata[1:].copy())
    written = read(adata).to_anndata()
    assert read(written[1:].copy()).order.tolist() == [1, 2]


def test_an_implied_control_needs_no_row():
    adata = native(uns={"control": "implied"})[1:].copy()
    assert read(adata).control == "implied"
    assert read(annotated({"perturbation": ["A", "B"]}), control="implied").control == "implied"


def test_doses_without_names_are_refused():
    adata = native()
    adata.obsm["doses"] = adata.obsm["doses"].to_numpy()
    with pytest.raises(DataError, match="obsm\\['doses'\\] is ndarray; wanted a DataFrame"):
        read(adata)


def test_naming_a_column_reads_it_instead_of_the_numbers():
    adata = native(obs={"perturbation": ["control", "A", "A+B"], "dose": ["0", "5", "5+20"]})
    assert read(adata).doses.max() == 2
    assert read(adata, perturbation="perturbation").doses.max() == 20


def test_h5ad_round_trip(tmp_path):
    data = PerturbationData(
        values=[[0.0, np.nan], [1.5, -2.0], [0.25, 1.0]],
        readouts=["ERK", "viability"],
        kinds=["protein", "phenotype"],
        conditions=["c0", "c1", "c2"],
        perturbations=["aMEK", "α-factor"],
        doses=[[0, 0], [-0.5, 0], [-0.5, 2e7]],
        input="strength",
        control="implied",
        sd=np.ones((3, 2)),
        weight=[[1, 0], [1, 2], [1, 1]],
        time=[0, 1, 1],
        context=["A", "A", "B"],
        replicate=["1", "1", "2"],
        dose_labels=["0", "5", "5+20"],
        provenance={"source": "here", "seed": 3, "settings": {"noise": [0.1, 0.2]}},
    )
    data.to_anndata().write_h5ad(tmp_path / "screen.h5ad")
    assert_same(read(anndata.read_h5ad(tmp_path / "screen.h5ad")), data)


def assert_same(found, wanted):
    for name in ("readouts", "kinds", "conditions", "perturbations", "labels", "input", "control"):
        assert getattr(found, name) == getattr(wanted, name)
    for name in ("context", "replicate"):
        assert getattr(found, name) == getattr(wanted, name)
    for name in ("values", "doses", "sd", "weight", "time"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    for key, value in wanted.provenance.items():
        assert found.provenance[key] == value


names = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=6)


@st.composite
def screens(draw, *, replicated=False):
    p, r, c = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(2, 8))
    perturbations = draw(
        st.lists(
            names.filter(lambda n: n not in ("control", "nan", "NaN")), min_size=p, max_size=p, unique=True
        )
    )
    readouts = draw(st.lists(names, min_size=r, max_size=r, unique=True))
    levels = st.sampled_from([0.0, 0.5, 3.0, 1e-7, 2.5e8])
    doses = draw(hnp.arrays(float, (c, p), elements=levels))
    doses[0] = 0.0
    values = draw(hnp.arrays(float, (c, r), elements=st.floats(-9, 9) | st.just(float("nan"))))
    time = draw(st.none() | hnp.arrays(float, c, elements=st.sampled_from([0.0, 1.0, 24.0])))
    context = draw(st.none() | st.lists(st.sampled_from(["HeLa", "K562"]), min_size=c, max_size=c).map(tuple))
    return PerturbationData(
        values=values,
        readouts=tuple(readouts),
        kinds=("protein",) * r,
        conditions=tuple(f"row{i}" for i in range(c)),
        perturbations=tuple(perturbations),
        doses=doses,
        time=time,
        context=context,
    )


@settings(max_examples=30, deadline=None)
@given(screens())
def test_anndata_round_trip(data):
    assert_same(read(data.to_anndata()), data)


@pytest.mark.filterwarnings("ignore:.*which are two perturbations here")
@settings(max_examples=20, deadline=None)
@given(screens())
def test_the_text_columns_say_the_same_as_the_numbers(data):
    """The written labels and doses, read as another program would read them, give the doses back."""
    adata = data.to_anndata()
    del adata.obsm["doses"]
    del adata.uns["hybridcell"]
    again = read(adata)
    wanted = pd.DataFrame(data.doses, columns=list(data.perturbations))
    found = pd.DataFrame(again.doses, columns=list(again.perturbations))
    given_names = [n for n in data.perturbations if (wanted[n] != 0).any()]
    assert sorted(given_names) == sorted(again.perturbations)
    np.testing.assert_allclose(found[given_names], wanted[given_names], rtol=1e-6)


def test_only_what_pandas_writes_for_a_gap_is_a_gap():
    for text in ("NAN", "Nan"):
        assert read(annotated({"perturbation": ["control", text]})).perturbations == (text,)
    with pytest.raises(DataError, match="is empty"):
        read(annotated({"perturbation": ["control", "nan", "A"]}))


@settings(max_examples=20, deadline=None)
@given(screens(), st.randoms(use_true_random=False))
def test_rows_may_be_permuted(data, random):
    order = list(range(len(data)))
    random.shuffle(order)
    assert_same(read(data.to_anndata()[order].copy()), data.subset(order))
