"""The rules of ARCHITECTURE.md hold, and each of them bites when it is broken."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import backprop_studio

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "backprop_studio"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST = 400
"""Lines that a module may have without saying why."""


def check_contracts(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Checks the package in ``folder`` against the contracts named (or all) of the pyproject.toml there."""
    program = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(no_cache=True, no_logo=True, limit_to_contracts=tuple(sys.argv[1:])))"
    )
    command = [sys.executable, "-c", program, *contracts]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)


def copy_package(folder: Path) -> Path:
    """Copies the package and its contracts to ``folder``; returns where the package lies there."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    return shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))


def test_imports_keep_the_contracts() -> None:
    result = check_contracts(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


# fmt: off
FORBIDDEN = [
    # the contract's id, the module that breaks it, and the import that does
    ("layers",              "engine/program.py",     "import backprop_studio.document.graph"),
    ("layers",              "document/graph.py",     "from backprop_studio.session import editor_session"),
    ("layers",              "resource_files.py",     "from backprop_studio.engine import errors"),
    ("layers",              "engine/op.py",          "from backprop_studio import api"),
    ("no-qt-below-session", "engine/program.py",     "from PySide6.QtCore import QObject"),
    ("no-qt-below-session", "document/graph.py",     "import PySide6"),
    ("no-qt-below-session", "training/__init__.py",  "import pyqtgraph"),
    ("no-qt-below-session", "exchange/__init__.py",  "from backprop_studio.session import editor_session"),
    ("no-qt-in-python",     "__init__.py",           "from PySide6 import QtCore"),
    ("no-qt-in-python",     "api.py",                "from backprop_studio import app"),
    ("independent-rooms",   "ui/canvas/__init__.py", "import backprop_studio.ui.panels"),
    ("independent-rooms",   "ui/panels/__init__.py", "from backprop_studio.ui import plots"),
    ("pyqtgraph-in-plots",  "ui/canvas/__init__.py", "import pyqtgraph"),
]
# fmt: on


@pytest.mark.parametrize("where", ["at the top", "inside a function"])
@pytest.mark.parametrize(("contract", "module", "statement"), FORBIDDEN)
def test_a_forbidden_import_breaks_its_contract(
    contract: str, module: str, statement: str, where: str, tmp_path: Path
) -> None:
    broken = copy_package(tmp_path) / module
    addition = f"\n{statement}\n" if where == "at the top" else f"\ndef later() -> None:\n    {statement}\n"
    broken.write_text(broken.read_text(encoding="utf-8") + addition, encoding="utf-8")
    result = check_contracts(tmp_path, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "0 kept, 1 broken" in result.stdout


def test_a_package_without_a_place_breaks_the_layers(tmp_path: Path) -> None:
    attic = copy_package(tmp_path) / "attic"
    attic.mkdir()
    (attic / "__init__.py").touch()
    result = check_contracts(tmp_path, "layers")
    assert result.returncode == 1
    assert "backprop_studio.attic" in "".join(result.stdout.split())


def names_taken_from_the_package(source: str) -> set[str]:
    """The names that a module's text takes from ``backprop_studio`` itself, anywhere in it."""
    return {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE.name and not node.level
        for alias in node.names
    }


def test_nothing_inside_uses_the_python_interface_of_the_package() -> None:
    """The contract on layers leaves this out, since naming the package for its version is no import upwards."""
    interface = set(backprop_studio.__all__) - {"__version__"}
    strays = {
        str(path.relative_to(ROOT)): names_taken_from_the_package(path.read_text(encoding="utf-8")) & interface
        for path in MODULES
    }
    assert {path: names for path, names in strays.items() if names} == {}
    assert names_taken_from_the_package("def f():\n    from backprop_studio import evaluate") == {"evaluate"}


def qt_modules(path: Path) -> set[str]:
    """The modules of PySide6 that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "PySide6":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("PySide6.")}
    return found


def test_the_session_knows_no_widgets() -> None:
    allowed = {"QtCore", "QtGui"}  # QtGui for QUndoStack alone
    strays = {str(path.relative_to(ROOT)): qt_modules(path) - allowed for path in (PACKAGE / "session").rglob("*.py")}
    assert {path: modules for path, modules in strays.items() if modules} == {}


def test_engine_and_document_load_without_qt() -> None:
    program = (
        "import sys, backprop_studio, backprop_studio.document.evaluation, backprop_studio.engine.ops;"
        "print([name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'pyqtgraph'))])"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_long_module_says_why(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST:
        assert any(f"Longer than {LONGEST} lines because" in line for line in lines[:40]), (
            f"{path.relative_to(ROOT)} has {len(lines)} lines; part it, or say near its top "
            f"“Longer than {LONGEST} lines because …”."
        )


def names_defined(source: str) -> set[str]:
    """What a module's text defines: classes, functions, arguments and everything assigned to."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def test_everything_that_the_architecture_names_exists() -> None:
    places = {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in MODULES}
    places |= {path.parent.relative_to(PACKAGE).as_posix() for path in MODULES}
    last = {place.rpartition("/")[2] for place in places}
    defined = set().union(*(names_defined(path.read_text(encoding="utf-8")) for path in MODULES))
    text = (PACKAGE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([A-Za-z_][\w./]*)", text))
    strays = {
        word
        for word in words
        if word.removesuffix(".py").strip("/") not in places | last
        and not (ROOT / word).exists()
        and not set(word.split(".")) <= defined
    }
    assert len(words) > 50
    assert strays == set()


ALLOWED_AT_THE_TOP = {"pyproject.toml", "README.md", "backprop_studio", "resources", "tests", "packaging"}


@pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="no checkout, or no git")
def test_the_top_level_holds_what_it_should() -> None:
    listed = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    kept = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    strays = {path.partition("/")[0] for path in kept if path and not path.startswith(".")} - ALLOWED_AT_THE_TOP
    assert strays == set()
