"""What packaging/ says about the program is true of the program."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtGui import QImage

import backprop_studio
from backprop_studio.document.edits import add_node
from backprop_studio.document.file_format import dumps
from backprop_studio.document.graph import EMPTY_GRAPH

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_one_version() -> None:
    assert PROJECT["project"]["version"] == backprop_studio.__version__
    release = ElementTree.parse(PACKAGING / "org.backpropstudio.BackpropStudio.metainfo.xml").find("releases/release")
    assert release is not None
    assert release.get("version") == backprop_studio.__version__


def test_what_the_program_imports_is_what_it_depends_on() -> None:
    imported = set()
    for path in (ROOT / "backprop_studio").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add((node.module or "").partition(".")[0])
    imported -= set(sys.stdlib_module_names) | {"backprop_studio", "shiboken6"}  # shiboken6 is half of PySide6
    declared = {re.split(r"[^\w-]", each)[0] for each in PROJECT["project"]["dependencies"]}
    called = {"pillow": "PIL"}  # under another name than it is installed by
    assert imported == {called.get(name, name.removesuffix("-Essentials")) for name in declared}


def test_the_wheel_carries_files_that_are_there() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    for path in (*wheel["force-include"], *wheel["shared-data"], *PROJECT["project"]["license-files"]):
        assert (ROOT / path).exists(), path


def test_the_desktop_entry_starts_the_command_and_takes_our_documents() -> None:
    desktop = ConfigParser(interpolation=None)
    desktop.read(PACKAGING / "backprop-studio.desktop", encoding="utf-8")
    entry = desktop["Desktop Entry"]
    assert entry["Exec"].split()[0] in PROJECT["project"]["scripts"]
    assert (ROOT / "resources" / "icons" / f"{entry['Icon']}.svg").exists()
    mime = ElementTree.parse(PACKAGING / "backprop-studio.xml").getroot()
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    kind = mime.find("m:mime-type", space)
    assert kind is not None
    assert entry["MimeType"].split(";")[0] == kind.get("type")


def test_a_document_shows_its_type_where_desktops_look_for_it() -> None:
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    match = ElementTree.parse(PACKAGING / "backprop-studio.xml").getroot().find(".//m:match", space)
    assert match is not None
    first, last = (int(number) for number in match.attrib["offset"].split(":"))
    mark = match.attrib["value"].encode()
    graph, _ = add_node(EMPTY_GRAPH, "input", (0.0, 0.0))
    assert first <= dumps(graph).find(mark) <= last


def test_the_pictures_of_the_readme_are_taken_from_the_window(tmp_path: Path) -> None:
    environment = os.environ | {"QT_SCALE_FACTOR": "1"}
    script = [sys.executable, str(PACKAGING / "make_screenshots.py"), str(tmp_path)]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    taken = sorted(path.name for path in tmp_path.glob("*.png"))
    assert len(taken) >= 3
    for name in taken:
        assert f"packaging/screenshots/{name}" in readme
        picture = QImage(str(tmp_path / name))
        assert (picture.width(), picture.height()) == (1360, 860)
        colours = {picture.pixel(x, y) for x in range(0, 1360, 7) for y in range(0, 860, 7)}
        assert len(colours) > 20  # a window with something in it
