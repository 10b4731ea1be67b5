"""A file is written whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from backprop_studio.document import atomic_write
from backprop_studio.document.atomic_write import write_atomically

posix_only = pytest.mark.skipif(os.name != "posix", reason="this is about POSIX permissions and limits")
ROOT = Path(__file__).parents[2]


def test_a_file_is_created_and_replaced(tmp_path):
    path = tmp_path / "a"
    write_atomically(path, b"one")
    write_atomically(path, b"two" * 100_000)
    assert path.read_bytes() == b"two" * 100_000
    assert os.listdir(tmp_path) == ["a"]


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    path.chmod(mode)
    write_atomically(path, b"two")
    assert path.stat().st_mode & 0o7777 == mode


@posix_only
def test_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"one")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@posix_only
def test_a_link_stays_and_its_target_changes(tmp_path):
    folder = tmp_path / "far"
    folder.mkdir()
    (folder / "target").write_bytes(b"one")
    link = tmp_path / "link"
    link.symlink_to(folder / "target")
    write_atomically(link, b"two")
    assert link.is_symlink()
    assert (folder / "target").read_bytes() == b"two"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(folder / "new")
    write_atomically(dangling, b"three")
    assert (folder / "new").read_bytes() == b"three"


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_failure_at_any_step_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "a"
    path.write_bytes(b"one")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_write.os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"two")
    monkeypatch.undo()
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_what_reads_back_differently_does_not_replace_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"tw")
    with pytest.raises(OSError, match="read back"):
        write_atomically(path, b"two")
    monkeypatch.undo()
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    monkeypatch.setattr(atomic_write.os, "access", lambda *_: False)  # the superuser may write everywhere
    with pytest.raises(PermissionError, match="read-only"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"


@posix_only
def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    """The kernel cuts the write off in the middle, as a full disk does, whoever runs this."""
    script = textwrap.dedent(
        """
        import resource, sys
        from backprop_studio.document.edits import add_node
        from backprop_studio.document.file_format import DocumentError, load, save
        from backprop_studio.document.graph import EMPTY_GRAPH
        from backprop_studio.document.values import Value

        path = sys.argv[1]
        small, _ = add_node(EMPTY_GRAPH, "input", (0, 0))
        save(small, path)
        large, _ = add_node(EMPTY_GRAPH, "input", (0, 0), value=Value([0.5] * 100_000))
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            save(large, path)
        except DocumentError as error:
            print(error)
        assert load(path) == small
        """
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    path = tmp_path / "a.backprop"
    command = [sys.executable, "-c", script, str(path)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"Cannot save {path}: file too large. Nothing there was changed")
    assert os.listdir(tmp_path) == ["a.backprop"]
