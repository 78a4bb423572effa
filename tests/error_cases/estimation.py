"""What PEtab problems and estimations refuse."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import jax.random as jr

import hybridcell as hc
from hybridcell.fit.estimation import FunctionObjective, estimate
from tests.error_cases.registry import Setting, case

KEY = jr.key(0)


def petab_problem(folder: Path, **changed: tuple[str, str]) -> Any:
    """Read the shipped problem with a text in one of its files replaced."""
    found = hc.networks.load("jak_stat").petab
    shutil.copytree(found.parent, folder / "petab")
    for name, (old, new) in changed.items():
        path = folder / "petab" / (f"{name}.yaml" if name == "jak_stat" else f"{name}.tsv")
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return hc.read_petab(folder / "petab" / "jak_stat.yaml")


@case("petab-no-file")
def _(s: Setting) -> Any:
    return hc.read_petab(s.folder / "problem.yaml")


@case("petab-version")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, jak_stat=("2.0.0", "3.0.0"))


@case("petab-outside")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, jak_stat=("model.xml", "../model.xml"))


@case("petab-language")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, jak_stat=("sbml", "pysb"))


@case("petab-extension")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, jak_stat=("parameter_files", "extensions: {own: {}}\nparameter_files"))


@case("petab-extension-version")
def _(s: Setting) -> Any:
    kinds = ("condition", "measurement", "observable", "sbml")
    files = "".join(f"  {kind}_files: [{kind}.tsv]\n" for kind in kinds)
    text = f"format_version: 1\nparameter_file: p.tsv\nproblems:\n-{files[1:]}extensions: {{sciml: {{}}}}\n"
    (s.folder / "old.yaml").write_text(text, encoding="utf-8")
    return hc.read_petab(s.folder / "old.yaml")


@case("petab-unknown-id")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, observables=("scale_p * pSTAT5_total", "scale_p * pSTAT6_total"))


@case("petab-no-value")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, parameters=("0.5\ttrue", "\tfalse"))


@case("petab-theta")
def _(s: Setting) -> Any:
    return petab_problem(s.folder).log_likelihood([1.0, 2.0])


@case("petab-no-nominal")
def _(s: Setting) -> Any:
    return petab_problem(s.folder, parameters=("0.01\t5\t0.5", "0.01\t5\t")).log_likelihood()


def nowhere() -> Any:
    """Return an objective that can be computed nowhere."""
    return FunctionObjective(["a"], [-1.0], [1.0], residuals=lambda p: p / 0.0)


@case("estimation-all-failed")
def _(s: Setting) -> Any:
    return estimate(nowhere(), n_starts=2, key=KEY).best


@case("estimation-checkpoint")
def _(s: Setting) -> Any:
    one = FunctionObjective(["a"], [-1.0], [1.0], residuals=lambda p: p)
    for key in (KEY, jr.key(1)):
        estimate(one, n_starts=2, checkpoint=s.folder / "fit.npz", key=key)
