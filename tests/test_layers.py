"""The shape of the house: layers, sizes of files, forbidden calls, and a test for every file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "hybridcell"
FILES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in FILES]

#: Files (or folders) without a test of their own name that no test imports, and the tests that hold them.
TESTED_ELSEWHERE = {
    "_version.py": "test_public_names.py",
    "graph/local_gains.py": "graph/test_explanation.py",
    "cli/versions.py": "cli/test_cli.py",
    "mechanisms/reactions/composition/editor.py": "mechanisms/reactions/composition/test_compose.py",
    "mechanisms/reactions/composition/rebuild.py": "mechanisms/reactions/composition/test_compose.py",
    "fit/petab/hierarchical": "fit/petab/test_hierarchical.py",
    "fit/training.py": "fit/test_trainer.py",
    "data/_frames.py": "data/test_perturbation_data.py",
    "data/_integrate.py": "data/test_synthetic.py",
    "evaluate/baselines": "evaluate/baselines/test_baselines.py",
    "infer/design/result.py": "infer/design/test_ranking.py",
    "io/cellbox/write.py": "io/cellbox/test_parameters.py",
    "io/omex": "io/omex/test_omex.py",
    "io/petab": "io/petab/test_sciml.py",
    "io/sbml": "io/sbml/test_write.py",
    "mechanisms/interpreter": "mechanisms/interpreter/test_interpreter.py",
    "mechanisms/program": "mechanisms/program/test_system.py",
    "mechanisms/reactions/start.py": "simulate/kinetics/steady/test_gradient_and_start.py",
    "neural/traced": "neural/traced/test_network.py",
    "recipes": "recipes/test_run.py",
    "data/datasets/_midas_table.py": "data/datasets/test_midas.py",
    "data/datasets/_tsv.py": "data/datasets/test_dream4.py",
    "therapy/members.py": "therapy/screen/test_screen_combinations.py",
    "simulate/integrate.py": "simulate/test_simulate.py",
    "simulate/kinetics/compiled": "simulate/kinetics/compiled/test_steps.py",
    "simulate/kinetics/interpreted": "simulate/kinetics/interpreted/test_integrate.py",
    "simulate/kinetics/steady": "simulate/kinetics/steady/test_steady.py",
    "simulate/scipy_backend.py": "simulate/test_adaptive.py",
    "simulate/tables.py": "simulate/test_predict.py",
}
#: Names that run code, or read files that can.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
#: Sends work to processes of its own, as every executor does: it reads no file.
SENDS_TO_WORKERS = "_core/workers.py"


def test_layers_import_downward_only():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c()",
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_file_is_small_documented_and_runs_no_foreign_code(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 600, "over 600 lines: split it by concept"
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or len(tree.body) <= 1, "the module has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            assert name not in FORBIDDEN_CALLS, f"line {node.lineno} calls {name}"
            for option in node.keywords:
                pickles = option.arg == "allow_pickle" and getattr(option.value, "value", True)
                assert not pickles, f"line {node.lineno} allows pickles"
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module or ""]
        allowed = {"pickle", "cloudpickle"} if path.as_posix().endswith(SENDS_TO_WORKERS) else set()
        for module in imported:
            refused = module.split(".")[0] in FORBIDDEN_MODULES - allowed
            assert not refused, f"line {node.lineno} imports {module}"


def _imported_by_tests() -> set[str]:
    """Return the modules that some test imports by their full name."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return found


def _has_test(path: Path, imported: set[str]) -> bool:
    relative = path.relative_to(PACKAGE)
    mirror = ROOT / "tests" / relative.parent / f"test_{relative.stem.lstrip('_')}.py"
    return mirror.is_file() or ".".join(("hybridcell", *relative.with_suffix("").parts)) in imported


def test_every_file_has_its_test():
    imported = _imported_by_tests()
    files = [path.relative_to(PACKAGE) for path in FILES if path.name != "__init__.py"]
    untested = [file for file in files if not _has_test(PACKAGE / file, imported)]
    names = {file: {str(part) for part in (file, *file.parents)} & set(TESTED_ELSEWHERE) for file in untested}
    without = [str(file) for file in untested if not names[file]]
    assert not without, f"wanted test_<file>.py for {', '.join(without)}"
    needless = sorted(set(TESTED_ELSEWHERE).difference(*names.values()))
    assert not needless, f"these have their tests, take them off the list: {', '.join(needless)}"
    assert all((ROOT / "tests" / test).is_file() for test in TESTED_ELSEWHERE.values())
