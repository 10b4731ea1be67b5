"""Resources are found in a source tree and in an installed package, and nothing outside is."""

from __future__ import annotations

import json

import pytest

from backprop_studio import resource_files
from backprop_studio.resource_files import ResourceError, resource, resource_text


def test_a_resource_of_the_source_tree_is_found():
    assert resource("document.schema.json").is_file()
    assert json.loads(resource_text("document.schema.json"))["title"] == "Backprop Studio document"
    assert resource("examples").is_dir()


def test_the_package_comes_before_the_source_tree(tmp_path, monkeypatch):
    inside, beside = tmp_path / "package" / "resources", tmp_path / "resources"
    for folder in (inside, beside):
        folder.mkdir(parents=True)
        (folder / "both.txt").write_text(folder.parent.name, encoding="utf-8")
    (beside / "one.txt").write_text("θ", encoding="utf-8")
    monkeypatch.setattr(resource_files, "_FOLDERS", (inside, beside))
    assert resource_text("both.txt") == "package"
    assert resource_text("one.txt") == "θ"


@pytest.mark.parametrize("name", ["../pyproject.toml", "/etc/hostname", "icons/../../README.md", "a\\b", "a\0b"])
def test_names_that_lead_outside_are_refused(name):
    with pytest.raises(ResourceError, match="is no resource"):
        resource(name)


def test_a_missing_resource_is_named():
    with pytest.raises(ResourceError, match=r"The resource icons/none\.svg is missing .*Install Backprop Studio again"):
        resource("icons/none.svg")


def test_what_is_no_text_is_refused(tmp_path, monkeypatch):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    monkeypatch.setattr(resource_files, "_FOLDERS", (tmp_path,))
    with pytest.raises(ResourceError, match="cannot be read"):
        resource_text("binary")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ResourceError, match="cannot be read"):
        resource_text("folder")
