"""DREAM7 challenge 1, model 1, as a PEtab problem: its network, its data, and experiments made like them.

The 45 asked for are the ids of the model as written here: rates of decay of all proteins are one number, and
"v3_Kd" is the constant of the third regulation, which the SBML file calls r3_Kd. Decay of mRNA is known (1).
With these names the true numbers describe the given time course: chi-square 159 of 162 measurements.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import libsbml
import numpy as np
import pandas as pd

import hybridcell as hc

GENES = range(1, 10)
#: Noise of the challenge: 0.1 + 0.2 of the value, as two independent parts; what is negative is set to 0.
ABSOLUTE, RELATIVE = 0.1, 0.2
#: Bounds by what an id ends with. Wide: four decades; Hill coefficients from 1 to 10.
BOUNDS = {"strength": (1e-2, 1e2), "Kd": (1e-2, 1e2), "h": (1.0, 10.0), "rate": (1e-3, 1e1)}
#: How much less is made under a knockdown by siRNA (of mRNA), and with a weaker binding site (of protein).
WEAKER = 0.1


def answers(folder: Path) -> dict[str, float]:
    """Return the true values."""
    table = pd.read_csv(folder / "model1_parameters_answer.txt", sep=r"\s+", header=None)
    return dict(zip(table[0], table[1].astype(float)))


def names() -> tuple[str, ...]:
    """Return the 45 that are asked for."""
    strengths = [f"{kind}{k}_strength" for kind in ("pro", "rbs") for k in GENES]
    return ("p_degradation_rate", *strengths, *[f"v{k}_{what}" for k in range(1, 14) for what in ("Kd", "h")])


def bounds(name: str) -> tuple[float, float]:
    """Return the bounds of one."""
    return BOUNDS[name.rpartition("_")[2]]


def write_model(folder: Path, source: Path) -> Path:
    """Write the model with the names of the answers, and with factors by which experiments lessen production.

    ``mrna_factor3`` multiplies the production of mRNA 3, ``protein_factor3`` its translation.
    """
    document = libsbml.readSBML(str(source / "model1.sbml"))
    model = document.getModel()
    for name in names():
        if model.getParameter(name) is None:
            _add(model, name, 1.0)
    for k in GENES:
        _add(model, f"mrna_factor{k}", 1.0)
        _add(model, f"protein_factor{k}", 1.0)
    for rule in model.getListOfRules():
        rule.setMath(libsbml.parseL3Formula(_renamed(libsbml.formulaToL3String(rule.getMath()))))
    for reaction in model.getListOfReactions():
        law = reaction.getKineticLaw()
        text = _renamed(libsbml.formulaToL3String(law.getMath()))
        made = re.fullmatch(r"v(\d)_v([13])", reaction.getId())
        if made:
            kind = "mrna" if made[2] == "1" else "protein"
            text = f"{kind}_factor{made[1]} * {text}"
        law.setMath(libsbml.parseL3Formula(text))
    path = folder / "model1.xml"
    libsbml.writeSBMLToFile(document, str(path))
    return path


def _renamed(formula: str) -> str:
    formula = re.sub(r"\br(\d+)_(Kd|h)\b", r"v\1_\2", formula)
    return re.sub(r"\bp\d_degradation_rate\b", "p_degradation_rate", formula)


def _add(model: Any, name: str, value: float) -> None:
    parameter = model.createParameter()
    parameter.setId(name)
    parameter.setValue(value)
    parameter.setConstant(True)


def wild_type(folder: Path) -> pd.DataFrame:
    """Return what was given: mRNA of the wild type, 18 times from 0 to 100, with noise."""
    table = pd.read_csv(folder / "wildtype_lowresmRNA1.tab", sep="\t").rename(columns={"Time": "time"})
    long = table.melt("time", var_name="readout", value_name="value")
    return long.assign(condition="wild_type")[["condition", "readout", "time", "value"]]


def experiments() -> pd.DataFrame:
    """Return what experiments set: the wild type, and of each gene deletion, siRNA and a weaker binding site.

    Index: condition; columns: factors of production and the protein that is there at the start.
    """
    columns = [f"{kind}_factor{k}" for kind in ("mrna", "protein") for k in GENES]
    rows = {"wild_type": {}}
    for k in GENES:
        rows[f"deletion{k}"] = {f"mrna_factor{k}": 0.0}
        rows[f"sirna{k}"] = {f"mrna_factor{k}": WEAKER}
        rows[f"rbs{k}"] = {f"protein_factor{k}": WEAKER}
    return pd.DataFrame(rows, index=columns).T.fillna(1.0).rename_axis("condition")


def simulated(
    model: Any, truth: dict[str, float], chosen: pd.DataFrame, times: Any, readouts: Any, seed: int
) -> pd.DataFrame:
    """Return measurements of experiments under a truth, with the noise of the challenge."""
    run = hc.simulate(
        model.with_values(truth), t1=float(np.max(times)), ts=np.asarray(times, float),
        conditions=chosen.reset_index(drop=True),
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    parts = []
    for readout in readouts:
        exact = np.asarray(run[readout]).reshape(len(chosen), len(times))
        first, second = rng.normal(size=(2, *exact.shape))
        noisy = np.maximum(0.0, exact + ABSOLUTE * first + RELATIVE * second * exact)
        for row, name in enumerate(chosen.index):
            part = {"condition": name, "readout": readout, "time": times, "value": noisy[row].round(3)}
            parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def problem(folder: Path, source: Path, data: pd.DataFrame, solve: Any = None) -> hc.PetabProblem:
    """Write a PEtab problem of measurements, and read it: 45 parameters, each on the scale log10."""
    write_model(folder, source)
    conditions = experiments().loc[lambda t: t.index.isin(data["condition"])]
    conditions = conditions.loc[:, (conditions != 1.0).any()].rename_axis("conditionId")
    parameters = pd.DataFrame(
        {
            "parameterId": names(),
            "parameterScale": "log10",
            "lowerBound": [bounds(n)[0] for n in names()],
            "upperBound": [bounds(n)[1] for n in names()],
            "nominalValue": [float(np.sqrt(np.prod(bounds(n)))) for n in names()],
            "estimate": 1,
        }
    )
    readouts = list(dict.fromkeys(data["readout"]))
    observables = pd.DataFrame(
        {
            "observableId": [f"{r}_seen" for r in readouts],
            "observableFormula": readouts,
            "noiseFormula": [f"sqrt({ABSOLUTE}^2 + ({RELATIVE}*{r})^2)" for r in readouts],
        }
    )
    measurements = pd.DataFrame(
        {
            "observableId": data["readout"] + "_seen",
            "simulationConditionId": data["condition"],
            "measurement": data["value"],
            "time": data["time"],
        }
    )
    tables = {"parameters": parameters, "observables": observables, "measurements": measurements}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    conditions.to_csv(folder / "conditions.tsv", sep="\t")
    (folder / "model1.yaml").write_text(
        "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n- sbml_files: [model1.xml]\n"
        "  condition_files: [conditions.tsv]\n  observable_files: [observables.tsv]\n"
        "  measurement_files: [measurements.tsv]\n"
    )
    return hc.read_petab(folder / "model1.yaml", solve=solve)
