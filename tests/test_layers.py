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

#: Files with neither a test file of their own nor one that imports them, and the tests that hold them instead.
TESTED_ELSEWHERE = {
    "_version.py": "test_public_names.py",
}
#: Names that run code, or read files that can.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def test_layers_import_downward_only():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as c; c()",
        "--no-cache",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_file_is_small_documented_and_runs_no_foreign_code(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 600, "over 600 lines: split it by concept"
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or path.name == "_version.py", "the module has no docstring"
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
        for module in imported:
            assert module.split(".")[0] not in FORBIDDEN_MODULES, f"line {node.lineno} imports {module}"


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
    files = [path for path in FILES if path.name != "__init__.py" and not _has_test(path, imported)]
    missing = {str(path.relative_to(PACKAGE)) for path in files}
    assert missing - set(TESTED_ELSEWHERE) == set(), "wanted tests/<folder>/test_<file>.py for each of these"
    assert set(TESTED_ELSEWHERE) - missing == set(), "these have their test: take them off the list"
    assert all((ROOT / "tests" / test).is_file() for test in TESTED_ELSEWHERE.values())


def test_no_test_is_left_behind():
    """A test of a file that is gone, or was renamed, tests nothing."""
    here = Path(__file__).parent
    mirrored = [path for path in here.rglob("test_*.py") if path.parent != here]
    folders = {p.relative_to(PACKAGE) for p in PACKAGE.rglob("*") if p.is_dir()}
    orphans = []
    for path in mirrored:
        folder = path.parent.relative_to(here)
        if folder not in folders:
            continue  # whole-system tests have folders of their own
        stem = path.stem.removeprefix("test_")
        names = (f"{stem}.py", f"_{stem}.py", f"{stem}/__init__.py")
        if not any((PACKAGE / folder / name).exists() for name in names):
            orphans.append(str(path.relative_to(here)))
    assert not orphans
