from __future__ import annotations

import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.fit.petab.read import read_petab, write_petab
from tests.fit.petab.problems import CASES, CONDITIONS_1


def test_the_doors_are_public():
    assert hc.read_petab is read_petab
    assert hc.write_petab is write_petab


@pytest.mark.parametrize("name", CASES)
def test_reading_compiles_nothing(name, tmp_path):
    problem = read_petab(CASES[name].write(tmp_path))
    assert isinstance(problem, PetabProblem)
    assert "compiled" not in problem.__dict__
    assert (problem.solve.rtol, problem.solve.atol) == (1e-8, 1e-8)
    assert problem.statement.version == CASES[name].version


def test_paths_may_be_texts_and_tolerances_ones_own(tmp_path):
    solve = hc.Solve(rtol=1e-5)
    assert read_petab(str(CONDITIONS_1.write(tmp_path)), solve=solve).solve is solve


def test_a_formula_with_an_unknown_id_names_its_place(tmp_path):
    file = CONDITIONS_1.write(tmp_path)
    table = tmp_path / "observables.tsv"
    table.write_text(table.read_text("utf-8").replace("obs_b\tB", "obs_b\tBB"), "utf-8")
    with pytest.raises(FileFormatError, match=r"observables\.tsv, line 3.*'BB'"):
        read_petab(file)


def test_a_missing_file_is_named(tmp_path):
    file = CONDITIONS_1.write(tmp_path)
    (tmp_path / "measurements.tsv").unlink()
    with pytest.raises((FileFormatError, FileNotFoundError), match=r"measurements\.tsv"):
        read_petab(file)
