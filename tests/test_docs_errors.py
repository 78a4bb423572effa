"""The errors that the documentation lists are those that the code raises, with the texts that it shows."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core import errors
from hybridcell.data import PerturbationData, check_leak
from hybridcell.io.petab import PetabError, PetabMathError
from tests.error_cases import analysis, estimation, files, networks, tables, therapy
from tests.error_cases.registry import CASES, Setting, case
from tests.pages import page

KEY = jr.key(0)
#: Imported for the cases that they register.
MORE = (analysis, estimation, files, networks, tables, therapy)

ROW = re.compile(r"^\| ([a-z0-9-]+) \| `(\w+)` \| `(.+?)` \| ", flags=re.MULTILINE)
CATALOGUE = {found[1]: (found[2], found[3]) for found in ROW.finditer(page("reference/errors.md"))}


@pytest.fixture
def setting(small_network, tiny_screen, tmp_path) -> Setting:
    return Setting(small_network, tiny_screen, tmp_path)


def annotated(labels: list[str], **columns: Any) -> Any:
    import anndata

    obs = pd.DataFrame({"perturbation": labels, **columns}, index=[f"c{i}" for i in range(len(labels))])
    return anndata.AnnData(
        np.linspace(0.0, 1.5, len(labels))[:, None], obs=obs, var=pd.DataFrame(index=["ERK"])
    )


@case("unknown-perturbation")
def _(s: Setting) -> Any:
    return hc.predict(s.model, {"aMAK": -1.0})


@case("unknown-readout")
def _(s: Setting) -> Any:
    return hc.screen_combinations(s.model, readout="grwth", doses=2, input_range=-1.0)


@case("unknown-node")
def _(s: Setting) -> Any:
    return hc.interactions(s.model).regulators("ERKK")


@case("unknown-prior-node")
def _(s: Setting) -> Any:
    prior = pd.DataFrame({"source": ["MAPK1"], "target": ["ERK"]})
    return hc.CellBox.from_data(s.screen, prior=prior, key=KEY)


@case("unknown-option")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.screen, step=3, key=KEY)


@case("unknown-choice")
def _(s: Setting) -> Any:
    return s.network(envelope="tan")


@case("unknown-drug")
def _(s: Setting) -> Any:
    return hc.split(s.screen, by="drug", drug="aMAK")


@case("unknown-baseline")
def _(s: Setting) -> Any:
    return hc.evaluate(s.model, s.screen, train=s.screen, baselines=["rigde"])


@case("missing-control")
def _(s: Setting) -> Any:
    return PerturbationData.from_anndata(annotated(["A", "B"]))


@case("duplicate-name")
def _(s: Setting) -> Any:
    return s.other(readouts=("ERK", *s.screen.readouts[:1], *s.screen.readouts[:1], *s.screen.readouts[3:]))


@case("separator-in-name")
def _(s: Setting) -> Any:
    return s.other(perturbations=("a+b", "c"))


@case("ambiguous-separator")
def _(s: Setting) -> Any:
    return PerturbationData.from_anndata(annotated(["control", "A", "B", "A_B"]))


@case("raw-counts")
def _(s: Setting) -> Any:
    adata = annotated(["control", "A"])
    adata.X = np.array([[3.0], [250.0]])
    return PerturbationData.from_anndata(adata)


def changed(array: np.ndarray, value: float) -> np.ndarray:
    array = array.copy()
    array[1, 0] = value
    return array


@case("infinite-value")
def _(s: Setting) -> Any:
    return s.other(values=changed(s.screen.values, -np.inf))


@case("dose-not-finite")
def _(s: Setting) -> Any:
    return s.other(doses=changed(s.screen.doses, np.nan))


@case("negative-dose")
def _(s: Setting) -> Any:
    return s.other(input="dose")


@case("negative-dose-asked")
def _(s: Setting) -> Any:
    doses = s.other(doses=np.abs(s.screen.doses), input="dose")
    fitted = hc.Fit(model=s.model, result="success", loss=0.0, train=doses)
    return hc.predict(fitted, {s.screen.perturbations[0]: -1.0})


@case("wrong-shape")
def _(s: Setting) -> Any:
    return s.other(doses=s.screen.doses[:-1])


@case("empty-part")
def _(s: Setting) -> Any:
    return hc.split(s.screen.subset(s.screen.order < 2), by="single-to-combo")


@case("leak")
def _(s: Setting) -> Any:
    return check_leak(s.screen, s.screen.subset([3]))


@case("nothing-measured")
def _(s: Setting) -> Any:
    empty = s.other(values=np.full(s.screen.values.shape, np.nan))
    return hc.evaluate(s.model, empty, baselines=False)


@case("data-not-found")
def _(s: Setting) -> Any:
    from hybridcell.data.datasets._fetch import RemoteFile, fetch

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HYBRIDCELL_DATA", raising=False)
        patch.setattr(hc.config, "cache_dir", s.folder)
        return fetch("cellbox", {"expr.csv": RemoteFile("http://127.0.0.1:9/expr.csv", "0" * 64)})


@case("duplicate-node")
def _(s: Setting) -> Any:
    return s.network(names=["a", "a"])


@case("kinds-length")
def _(s: Setting) -> Any:
    return s.network(kinds=["protein"])


@case("weights-shape")
def _(s: Setting) -> Any:
    return s.network(weights=[[0.0]])


@case("weights-not-finite")
def _(s: Setting) -> Any:
    return s.network(weights=[[0, np.nan], [0, 0]])


@case("forbidden-edge")
def _(s: Setting) -> Any:
    return s.network(mask=np.zeros((2, 2), dtype=bool))


@case("rate-not-positive")
def _(s: Setting) -> Any:
    return s.network(alpha=[1.0, 0.0])


@case("prior-both-signs")
def _(s: Setting) -> Any:
    prior = pd.DataFrame({"source": ["RAS", "RAS"], "target": ["MEK", "MEK"], "sign": [1, -1]})
    return hc.CellBox.from_data(s.screen, prior=prior, key=KEY)


@case("no-residual")
def _(s: Setting) -> Any:
    return s.model + 1.0


@case("parameter-out-of-range")
def _(s: Setting) -> Any:
    return hc.Parameter(-1.0, transform="log")


@case("bad-times")
def _(s: Setting) -> Any:
    return hc.simulate(s.model, t1=-1.0)


@case("too-many-steps")
def _(s: Setting) -> Any:
    return hc.simulate(s.model, t1=1e4, solve=hc.Solve(method="heun", dt=0.1, max_steps=10))


@case("dt-with-adaptive")
def _(s: Setting) -> Any:
    return hc.Solve(method="tsit5", dt=0.1)


@case("setting-out-of-range")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.screen, learning_rate=-1.0, key=KEY)


@case("nothing-to-fit")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.other(values=np.full(s.screen.values.shape, np.nan)), key=KEY)


@case("sd-missing")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.screen, loss="gaussian", key=KEY)


@case("validation-too-small")
def _(s: Setting) -> Any:
    return hc.fit(s.model, s.screen, validation=0.01, key=KEY)


@case("no-model")
def _(s: Setting) -> Any:
    return hc.fit("CellBox", s.screen, key=KEY)  # pyright: ignore[reportArgumentType]


@case("foreign-checkpoint")
def _(s: Setting) -> Any:
    from hybridcell.fit.checkpoint import read_checkpoint, write_checkpoint

    path = s.folder / "fit.npz"
    write_checkpoint(path, np.zeros(2), done=1, history=np.zeros(1), mark="one training")
    return read_checkpoint(path, np.zeros(2), mark="another")


@case("training-part-unknown")
def _(s: Setting) -> Any:
    return hc.evaluate(s.model, s.screen)


@case("single-model")
def _(s: Setting) -> Any:
    return hc.interactions(s.model).filter(confidence=0.95)


@case("names-of-another-kind")
def _(s: Setting) -> Any:
    return hc.interactions(s.model).compare(pd.DataFrame({"source": ["MAP2K1"], "target": ["MAPK1"]}))


@case("no-steady-state")
def _(s: Setting) -> Any:
    swing = [[0, -5.0, 0], [0, 0, 5.0], [5.0, 0, 0]]  # three strong edges around a loop, one of them negative
    return hc.interactions(s.network(names=list("abc"), kinds=["protein"] * 3, weights=swing), kind="local")


@case("failed-fit")
def _(s: Setting) -> Any:
    fitted = hc.Fit(model=s.model, result="the loss is not finite", loss=float("nan"), train=s.screen)
    return hc.interactions(fitted)


@case("order")
def _(s: Setting) -> Any:
    return hc.screen_combinations(s.model, readout="growth", order=4)


@case("no-such-file")
def _(s: Setting) -> Any:
    hc.save({}, s.folder / "model.hc")
    return hc.load(s.folder / "modle.hc")


@case("damaged-file")
def _(s: Setting) -> Any:
    path = s.folder / "model.hc"
    path.write_bytes(b"PK\x03\x04 and no more")
    return hc.load(path)


@case("cannot-be-saved")
def _(s: Setting) -> Any:
    return hc.save({"f": len}, s.folder / "function.hc")


@case("hybrid-to-cellbox")
def _(s: Setting) -> Any:
    return hc.write_cellbox(s.model + hc.NeuralResidual(width=1, key=KEY), s.folder)


@case("unknown-recipe")
def _(s: Setting) -> Any:
    return hc.run("demmo", out=s.folder)


@case("unknown-key")
def _(s: Setting) -> Any:
    return hc.run("demo", set={"fit_ensemble.step": 3}, out=s.folder)


@case("table-not-read")
def _(s: Setting) -> Any:
    (s.folder / "mine.toml").write_text("[data]\ndataset = 'demo'\n[fit]\n[filter]\n")
    return hc.run(s.folder / "mine.toml", out=s.folder)


@case("bad-override")
def _(s: Setting) -> Any:
    return hc.run("demo", set=["fit.steps"], out=s.folder)


DECAY = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
<model id="decay">
<listOfParameters><parameter id="x" value="1" constant="false"/><parameter id="y" constant="false"/>
<parameter id="rate" value="0.5" constant="true"/></listOfParameters>
<listOfRules>
<rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/>
<apply><times/><ci>rate</ci><ci>x</ci></apply></apply></math></rateRule>
<assignmentRule variable="y"><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>x</ci></math></assignmentRule>
</listOfRules></model></sbml>"""


def learned_law() -> Any:
    network = hc.read_sbml(hc.networks.load("robertson"))
    return network.replace("slow", hc.NeuralRate(width=1, key=KEY))


def with_member(path: Path, name: str, text: str) -> Path:
    """Change or add a file of an archive."""
    with zipfile.ZipFile(path) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for one, content in {**files, name: text}.items():
            archive.writestr(one, content)
    return path


@case("sbml-not-xml")
def _(s: Setting) -> Any:
    return hc.read_sbml(DECAY[:200])


@case("sbml-doctype")
def _(s: Setting) -> Any:
    return hc.read_sbml('<!DOCTYPE sbml [<!ENTITY a "b">]>' + DECAY)


@case("sbml-namespace")
def _(s: Setting) -> Any:
    return hc.read_sbml(DECAY.replace("version2/core", "version3/core"))


@case("sbml-undefined-id")
def _(s: Setting) -> Any:
    return hc.read_sbml(DECAY.replace("<ci>rate</ci>", "<ci>rat</ci>"))


@case("sbml-duplicate-id")
def _(s: Setting) -> Any:
    return hc.read_sbml(DECAY.replace('id="y"', 'id="x"'))


@case("sbml-circle")
def _(s: Setting) -> Any:
    return hc.read_sbml(
        DECAY.replace("<ci>x</ci></math></assignmentRule>", "<ci>y</ci></math></assignmentRule>")
    )


@case("sbml-package")
def _(s: Setting) -> Any:
    package = "http://www.sbml.org/sbml/level3/version1/spatial/version1"
    return hc.read_sbml(
        DECAY.replace(' level="3"', f' xmlns:spatial="{package}" spatial:required="true" level="3"')
    )


@case("sbml-no-math")
def _(s: Setting) -> Any:
    law = '<kineticLaw><listOfParameters><parameter id="k" value="1"/></listOfParameters></kineticLaw>'
    reactions = f'<listOfReactions><reaction id="v">{law}</reaction></listOfReactions>'
    return hc.read_sbml(
        '<sbml xmlns="http://www.sbml.org/sbml/level2/version5" level="2" version="5">'
        f'<model id="gene_network">{reactions}</model></sbml>'
    )


@case("sbml-level-2")
def _(s: Setting) -> Any:
    text = DECAY.replace('id="decay"', 'id="decay" conversionFactor="rate"')
    return hc.write_sbml(hc.read_sbml(text), s.folder / "old.xml", level="2.4")


@case("sbml-subnormal")
def _(s: Setting) -> Any:
    network = hc.read_sbml(DECAY).with_values({"rate": 1e-310})
    return hc.write_sbml(network, s.folder / "small.xml", resimulate=False)


@case("neural-not-distilled")
def _(s: Setting) -> Any:
    return hc.write_sbml(learned_law(), s.folder / "model.xml", neural="distill")


@case("weight-not-finite")
def _(s: Setting) -> Any:
    hybrid = learned_law()
    broken = hybrid.with_values({hybrid.holes.holes[0].weights[0]: np.nan})
    return hc.write_sbml(broken, s.folder / "model.xml")


@case("omex-changed")
def _(s: Setting) -> Any:
    path = hc.write_omex(hc.read_sbml(DECAY), s.folder / "model.omex", t1=1.0, resimulate=False).path
    return hc.read_omex(with_member(path, "model.xml", "<sbml/>"))


@case("omex-dangerous")
def _(s: Setting) -> Any:
    path = hc.write_omex(hc.read_sbml(DECAY), s.folder / "model.omex", t1=1.0, resimulate=False).path
    return hc.read_omex(with_member(path, "../model.xml", ""))


@case("unknown-constant")
def _(s: Setting) -> Any:
    return hc.simulate(hc.read_sbml(DECAY), t1=1.0, conditions={"rat": 1.0})


@case("computed-constant")
def _(s: Setting) -> Any:
    return hc.simulate(hc.read_sbml(DECAY), t1=1.0, conditions={"y": 1.0})


@case("unknown-sbml-id")
def _(s: Setting) -> Any:
    return hc.simulate(hc.read_sbml(DECAY), t1=1.0, solve=hc.Solve(backend="numpy"))["Rate"]


@case("single-precision")
def _(s: Setting) -> Any:
    network = hc.read_sbml(DECAY)
    hc.config.precision = "float32"
    try:
        return hc.simulate(network, t1=1.0)
    finally:
        hc.config.precision = "float64"


def opposite_sign(s: Setting) -> Any:
    fitted = hc.Fit(model=s.model, result="success", loss=0.0, train=s.screen)
    return hc.predict(fitted, {s.screen.perturbations[0]: -s.screen.doses[:, 0].sum()})


def scored_on_training(s: Setting) -> Any:
    return hc.evaluate(s.model, s.screen, train=s.screen, baselines=False)


def single_condition(s: Setting) -> Any:
    return hc.fit(s.model, s.screen.subset([int(np.argmax(s.screen.order))]), steps=1, key=KEY)


def several_lines(s: Setting) -> Any:
    lines = ["A375", "SKMEL133"] * 2
    return PerturbationData.from_anndata(annotated(["control", "control", "A", "A"], cell_line=lines))


def misspelled_parameter(s: Setting) -> Any:
    return estimation.petab_problem(s.folder, parameters=("\nk1", "\nk_1\t\t\t\t1\tfalse\nk1"))


def growth_alone(s: Setting) -> Any:
    growth = s.other(kinds=("phenotype",) * len(s.screen.kinds))
    return hc.CellBox.from_data(growth, key=KEY)


def unread_doses(s: Setting) -> Any:
    return PerturbationData.from_anndata(annotated(["control", "A", "A"], concentration=[0.0, 0.1, 1.0]))


def two_spellings(s: Setting) -> Any:
    return PerturbationData.from_anndata(annotated(["control", "MK-2206", "MK2206"]))


def no_fractions_of_the_control(s: Setting) -> Any:
    return hc.synergy.bliss([[0.7, 0.4], [0.4, 0.2]], [0, 1], [0, 1], kind="viability")


#: What raises the warnings that the page lists, in its order.
WARNED = (
    opposite_sign, scored_on_training, several_lines, single_condition, misspelled_parameter, growth_alone,
    unread_doses, two_spellings, no_fractions_of_the_control,
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(WARNED)))
def test_warning_is_as_the_page_says(number, setting):
    listed = re.findall(
        r"^\| `(.+?)` \| ", page("reference/errors.md").split("## Warnings")[1], flags=re.MULTILINE
    )
    assert len(listed) == len(WARNED)
    pattern = ".*".join(re.escape(part) for part in listed[number].split("..."))
    with pytest.warns(UserWarning, match=f"(?s){pattern}"):
        WARNED[number](setting)


def test_every_listed_error_has_a_case_and_every_case_is_listed():
    assert set(CASES) == set(CATALOGUE)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_error_is_as_the_page_says(name, setting):
    family, message = CATALOGUE[name]
    with pytest.raises(hc.HybridCellError) as caught:
        CASES[name](setting)
    assert type(caught.value).__name__ == family
    pattern = ".*".join(re.escape(part) for part in message.split("..."))
    assert re.search(pattern, str(caught.value), flags=re.DOTALL), str(caught.value)


def test_families_are_those_of_the_code():
    families = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, errors.HybridCellError)
        and value is not errors.HybridCellError
    } | {PetabError.__name__, PetabMathError.__name__}
    listed = set(
        re.findall(r"^\| `(\w+)` \| `\w+` \| [a-z]", page("reference/errors.md"), flags=re.MULTILINE)
    )
    assert listed == families
