"""setup.sh, with everything it calls replaced by scripts that note the call: no network, no package is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = (
    "sh",
    "env",
    "dirname",
    "cat",
    "cksum",
    "grep",
    "tail",
    "tr",
    "sed",
    "rm",
    "mkdir",
    "cp",
    "chmod",
    "flock",
    "uname",
)

pytestmark = pytest.mark.skipif(sys.platform == "win32" or not shutil.which("sh"), reason="needs a POSIX shell")

# Stands for every Python; in an environment and out of it. FAKE_PIP says what pip does.
PYTHON = r"""#!/bin/sh
case "$*" in
*"import sys, venv, ensurepip"*) [ -z "${NO_VENV_MODULE:-}" ] ;;
*"-m venv"*)
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    echo "#!$3/bin/python" >"$3/bin/pip" ;;
*"-c "*) ;;
*"-m pip"*)
    echo "pip $*" >>"$CALLS"
    case "${FAKE_PIP:-}" in
    offline) echo "WARNING: NewConnectionError"; echo "ERROR: No matching distribution found for hatchling"; exit 1 ;;
    fault) echo "noise"; echo "ERROR: No matching distribution found for numpy>=99"; exit 1 ;;
    killed) kill -9 $$ ;;
    esac ;;
*) echo "$*" >>"$CALLS"; case "$*" in *ruff*) exit "${FAKE_RUFF:-0}" ;; *pytest*) exit "${FAKE_PYTEST:-0}" ;; esac ;;
esac
"""
# A Debian where the packages in the file INSTALLED are there; apt-get installs all but NO_SUCH.
DPKG = r"""#!/bin/sh
for last; do :; done
if grep -qxF "$last" "$INSTALLED"; then echo installed; else exit 1; fi
"""
APT_GET = r"""#!/bin/sh
echo "apt-get $*" >>"$CALLS"
case " $* " in *" ${NO_SUCH:-nothing} "*) exit 100 ;; *" install "*) ;; *) exit 0 ;; esac
for word; do echo "$word" >>"$INSTALLED"; done
"""
APT_CACHE = '#!/bin/sh\n[ "$2" = "${GLIB:-libglib2.0-0}" ]\n'
ID = "#!/bin/sh\necho ${FAKE_ID:-0}\n"


class Machine:
    """A machine of scripts, and a copy of the project on it in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.project = folder / "a project"
        self.calls_file = folder / "calls"
        self.installed = folder / "installed"
        self.bin.mkdir()
        (self.project / "packaging").mkdir(parents=True)
        shutil.copy(ROOT / "packaging" / "setup.sh", self.project / "packaging")
        shutil.copy(ROOT / "pyproject.toml", self.project)
        self.installed.touch()
        for tool in TOOLS:
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        self.script("python3", PYTHON)
        self.script("id", ID)
        self.env = {"PATH": str(self.bin), "CALLS": str(self.calls_file), "INSTALLED": str(self.installed)}

    def script(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text, encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def debian(self) -> None:
        self.script("dpkg-query", DPKG)
        self.script("apt-get", APT_GET)
        self.script("apt-cache", APT_CACHE)

    def setup(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs setup.sh from another folder; empties the calls first."""
        self.calls_file.write_text("", encoding="utf-8")
        return subprocess.run(
            ["sh", str(self.project / "packaging" / "setup.sh"), *args],
            env=self.env | env, cwd=os.sep, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text(encoding="utf-8").splitlines()

    def pip_calls(self) -> list[str]:
        return [call for call in self.calls if call.startswith("pip ")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_run_installs_once_and_hands_on_its_arguments(machine: Machine) -> None:
    first = machine.setup("run", "my graph.backprop")
    assert first.returncode == 0, first.stderr
    assert machine.pip_calls()[0].endswith("install --no-input --disable-pip-version-check --editable .")
    assert machine.calls[-1] == "-P -m backprop_studio my graph.backprop"
    second = machine.setup("run")
    assert machine.calls == ["-P -m backprop_studio"]
    assert second.stderr.count("installing Backprop Studio") == 0


def test_test_runs_ruff_mypy_and_pytest_with_its_arguments(machine: Machine) -> None:
    assert machine.setup("test", "-k", "a or b").returncode == 0
    assert machine.pip_calls()[0].endswith("--editable .[test]")
    *checks, tests = machine.calls[1:]
    assert checks == ["-m ruff check .", "-m mypy"]
    assert tests.startswith("-m pytest --numprocesses auto ")
    assert tests.endswith(" -k a or b")


@pytest.mark.parametrize(("env", "status"), [({"FAKE_RUFF": "1"}, 1), ({"FAKE_PYTEST": "5"}, 5), ({}, 0)])
def test_any_failure_of_test_is_its_status(machine: Machine, env: dict[str, str], status: int) -> None:
    assert machine.setup("test", **env).returncode == status
    assert machine.calls[-1].startswith("-m pytest")


def test_installs_again_when_pyproject_changes_or_another_extra_is_asked_for(machine: Machine) -> None:
    machine.setup("deps")
    machine.setup("deps", "test", "bench")
    assert machine.pip_calls()[0].endswith(".[test,bench]")
    machine.setup("deps", "bench")
    assert machine.pip_calls() == []
    with (machine.project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    machine.setup("deps")
    assert len(machine.pip_calls()) == 1
    machine.setup("deps", "test")
    assert len(machine.pip_calls()) == 1


@pytest.mark.parametrize("damage", ["interpreter", "moved", "interrupted"])
def test_an_unusable_environment_is_made_anew(machine: Machine, damage: str) -> None:
    machine.setup("deps")
    venv = machine.project / ".venv"
    if damage == "interpreter":
        (venv / "bin" / "python").unlink()
        (venv / "bin" / "python").symlink_to("/no/such/python")
    elif damage == "moved":
        machine.project = machine.project.rename(machine.project.with_name("moved"))
    else:
        (venv / ".installing").touch()
    result = machine.setup("deps")
    assert result.returncode == 0, result.stderr
    assert "making it anew" in result.stderr
    assert len(machine.pip_calls()) == 1
    machine.setup("deps")
    assert machine.calls == []


def test_a_killed_install_leaves_its_mark_and_the_next_start_begins_anew(machine: Machine) -> None:
    assert machine.setup("deps", FAKE_PIP="killed").returncode == 1
    assert (machine.project / ".venv" / ".installing").exists()
    assert "making it anew" in machine.setup("deps").stderr


@pytest.mark.parametrize(("fault", "said"), [("offline", "index cannot be reached"), ("fault", "found for numpy>=99")])
def test_a_failure_of_pip_is_one_line(machine: Machine, fault: str, said: str) -> None:
    result = machine.setup("run", FAKE_PIP=fault)
    assert result.returncode == 1
    assert said in result.stderr.splitlines()[-1]
    assert len(result.stderr.splitlines()) == 2  # what it does, and why it could not
    assert not [call for call in machine.calls if "backprop_studio" in call]


def test_goes_on_with_what_is_installed_when_the_network_is_away(machine: Machine) -> None:
    machine.setup("deps")
    with (machine.project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    result = machine.setup("run", FAKE_PIP="offline")
    assert result.returncode == 0
    assert "going on with what is installed" in result.stderr
    assert machine.calls[-1] == "-P -m backprop_studio"


def test_without_a_python_it_says_what_is_needed(machine: Machine) -> None:
    result = machine.setup("run", NO_VENV_MODULE="1")
    assert result.returncode == 1
    assert "Python 3.11 or newer with its venv module is needed" in result.stderr


@pytest.mark.parametrize("glib", ["libglib2.0-0", "libglib2.0-0t64"])
def test_installs_the_missing_packages_under_this_releases_names(machine: Machine, glib: str) -> None:
    machine.debian()
    machine.installed.write_text("libgl1\n", encoding="utf-8")
    assert machine.setup("deps", GLIB=glib).returncode == 0
    update, install = machine.calls[:2]
    assert update == "apt-get -q update"
    wanted = install.split()
    assert glib in wanted
    assert {"libegl1", "libxcb-cursor0", "fonts-dejavu-core"} <= set(wanted)
    assert not {"libgl1", "python3", {"libglib2.0-0": "libglib2.0-0t64"}.get(glib, "libglib2.0-0")} & set(wanted)
    machine.setup("deps", GLIB=glib)
    assert machine.calls == []


def test_one_package_that_is_not_to_be_had_does_not_keep_the_others_away(machine: Machine) -> None:
    machine.debian()
    result = machine.setup("deps", NO_SUCH="libxcb-xkb1")
    assert result.returncode == 0
    assert "could not install libxcb-xkb1" in result.stderr
    assert "libegl1" in machine.installed.read_text(encoding="utf-8").split()


def test_without_rights_it_names_the_packages_and_goes_on(machine: Machine) -> None:
    machine.debian()
    result = machine.setup("run", FAKE_ID="1000")
    assert result.returncode == 0
    assert "install them with: apt-get install" in result.stderr.splitlines()[0]
    assert not [call for call in machine.calls if call.startswith("apt-get")]


@pytest.mark.parametrize("args", [(), ("fly",), ("--help",)])
def test_other_commands_are_refused_with_the_usage(machine: Machine, args: tuple[str, ...]) -> None:
    result = machine.setup(*args)
    assert result.returncode == 2
    assert "sh packaging/setup.sh run" in result.stderr
    assert not (machine.project / ".venv").exists()


def test_an_extra_is_a_plain_name(machine: Machine) -> None:
    assert machine.setup("deps", "x]; rm").returncode == 2
    assert not (machine.project / ".venv").exists()
