"""The command line prints what it should, leaves with the right status, and never with a traceback."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from backprop_studio import __version__, api, cli, headless
from backprop_studio.cli_text import ProgressBar, array_text, json_number, rows_text, table
from backprop_studio.engine import gradient_check

ROOT = Path(__file__).resolve().parent.parent
ABC = ["--code", "L = (a+b)*c", "--set", "a=2", "--set", "b=3", "--set", "c=4"]


def run(*arguments: str, status: int = 0, notice: str = "", capsys: pytest.CaptureFixture[str]) -> str:
    """Standard output of the program; it must leave with ``status`` and say one line only then, or a ``notice``."""
    assert cli.main(arguments) == status
    out, err = capsys.readouterr()
    if status == 0 and not notice:
        assert err == ""
    else:
        assert err.count("\n") == 1
        assert err.startswith("backprop-studio: ")
        assert notice in err
    return out


def refusal(*arguments: str, status: int = 2, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which the program refuses; it must print nothing else."""
    assert cli.main(arguments) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("backprop-studio: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert len(err) < 400
    assert err.rstrip()[-1] in ".?)"
    return err


# evaluate


def test_evaluate_json(capsys: pytest.CaptureFixture[str]) -> None:
    printed = json.loads(run("evaluate", *ABC, "--json", capsys=capsys))
    assert printed == {
        "loss": "L",
        "nodes": {
            "a": {"op": "parameter", "shape": [], "value": 2.0, "gradient": 4.0},
            "b": {"op": "parameter", "shape": [], "value": 3.0, "gradient": 4.0},
            "add_1": {"op": "add", "shape": [], "value": 5.0, "gradient": 4.0},
            "c": {"op": "parameter", "shape": [], "value": 4.0, "gradient": 5.0},
            "L": {"op": "multiply", "shape": [], "value": 20.0, "gradient": 1.0},
        },
        "edges": [
            {"source": "a", "target": "add_1", "input": "x", "contribution": 4.0},
            {"source": "b", "target": "add_1", "input": "y", "contribution": 4.0},
            {"source": "add_1", "target": "L", "input": "x", "contribution": 4.0},
            {"source": "c", "target": "L", "input": "y", "contribution": 5.0},
        ],
    }


def test_numbers_are_printed_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    printed = json.loads(
        run("evaluate", "--code", "L = sum(x/3)", "--set", "x=[[1, 2], [3, 0.1]]", "--json", capsys=capsys)
    )
    assert printed["nodes"]["divide_1"]["value"] == [[1 / 3, 2 / 3], [1.0, 0.1 / 3]]
    assert printed["nodes"]["x"]["shape"] == [2, 2]
    assert printed["nodes"]["x"]["gradient"] == [[1 / 3] * 2] * 2


def test_what_json_has_no_number_for(capsys: pytest.CaptureFixture[str]) -> None:
    code = "u = log(x)\nv = -u\nn = u + v\nc = constant(2.)\nL = sum(n*c)"
    line = run("evaluate", "--code", code, "--set", "x=[0, 1]", "--json", notice="finite", capsys=capsys)
    printed = json.loads(line)
    assert printed["notice"].startswith("u")
    nodes = printed["nodes"]
    assert nodes["u"]["value"] == ["-Infinity", 0.0]
    assert nodes["v"]["value"][0] == "Infinity"
    assert nodes["n"]["value"][0] == "NaN"
    assert nodes["c"]["gradient"] is None
    assert {"source": "c", "target": "multiply_1", "input": "y", "contribution": None} in printed["edges"]


def test_integers_stay_integers_where_they_are_classes(capsys: pytest.CaptureFixture[str]) -> None:
    code = "L = cross_entropy(z, target([0]))"
    printed = json.loads(run("evaluate", "--code", code, "--set", "z=[[2,1,0.1]]", "--json", capsys=capsys))
    assert printed["nodes"]["y"]["value"] == [0]
    assert printed["nodes"]["y"]["gradient"] is None
    assert printed["nodes"]["L"]["value"] == pytest.approx(0.4170300162778335)


def test_evaluate_prints_tables(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run("evaluate", *ABC, capsys=capsys).splitlines()
    assert lines[0].split() == ["node", "operation", "shape", "value", "gradient"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:7]}
    assert rows["c"] == ["parameter", "scalar", "4", "5"]
    assert rows["L"] == ["multiply", "scalar", "20", "1"]
    words = ("parameter", "parameter", "add", "parameter", "multiply")
    starts = [line.index(f"  {word}  ") for line, word in zip(lines[2:7], words, strict=True)]
    assert len(set(starts)) == 1
    assert lines[-1] == "loss L = 20"
    negative = run("evaluate", "--code", "L = -x", "--set", "x=2", capsys=capsys)
    assert "−2" in negative
    without = run("evaluate", "--code", "L = x*2", "--set", "x=[1,2]", notice="has shape (2,)", capsys=capsys)
    assert "none" in without


def test_small_arrays_are_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    row, large = list(range(1, 9)), [[0.5] * 10] * 5
    out = run("evaluate", "--code", "L = sum(x*2)", "--set", f"x=[{row},{row}]", capsys=capsys)
    assert "\nx [2 × 8]\n  1  2  3  4  5  6  7  8\n  1  2  3  4  5  6  7  8\n" in out
    assert "\ngradient of x [2 × 8]\n  2  2  2  2  2  2  2  2\n" in out
    out = run("evaluate", "--code", "L = sum(x)", "--set", f"x={large}", capsys=capsys)
    assert "[[0.5, 0.5, 0.5, …], …]  [[1, 1, 1, …], …]" in out
    assert "W1 [2 × 4]\n  " in run("train", "--example", "xor", "--steps", "1", capsys=capsys)
    cube = rows_text("x", np.arange(8.0).reshape(2, 2, 2))
    assert cube.splitlines() == [
        "x [2 × 2 × 2]",
        "  [0, 0]  0  1",
        "  [0, 1]  2  3",
        "  [1, 0]  4  5",
        "  [1, 1]  6  7",
    ]


def test_further_names_are_keys_too(capsys: pytest.CaptureFixture[str]) -> None:
    printed = json.loads(run("evaluate", "--code", "s = a*2\nL = +s", "--set", "a=3", "--json", capsys=capsys))
    assert printed["nodes"]["L"] == {**printed["nodes"]["s"], "alias_of": "s"}
    assert printed["nodes"]["L"]["gradient"] == 1
    assert printed["loss"] == "s"
    assert "L is another name of s" in run("evaluate", "--code", "s = a*2\nL = s", "--set", "a=3", capsys=capsys)


BROADCAST = "y = input([[1.],[2.],[3.]])*w\nL = mse_loss(y, target([1., 2., 3.]))"


def test_a_loss_that_broadcasts_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    notice = "L compares y of shape (3, 1) with target_1 of shape (3,)"
    given = ["--code", BROADCAST.replace("target([1., 2., 3.])", "target_1"), "--set", "target_1=[1,2,3]"]
    for command in (["evaluate"], ["check"], ["train", "--steps", "2"]):
        run(*command, *given, "--set", "w=2", notice=notice, capsys=capsys)
        printed = json.loads(run(*command, *given, "--set", "w=2", "--json", notice=notice, capsys=capsys))
        assert notice in printed["notice"]


def test_evaluate_takes_documents_code_files_and_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script, document = tmp_path / "net.py", tmp_path / "net.backprop"
    script.write_text("x = input(3.)\nL = x**2\n")
    api.save(api.load(script), document)
    for source in ([str(script)], [str(document)], ["--code", script.read_text()]):
        assert json.loads(run("evaluate", *source, "--json", capsys=capsys))["nodes"]["x"]["gradient"] == 6
    printed = json.loads(run("evaluate", "--example", "fan-out", "--set", "b=2", "--json", capsys=capsys))
    assert printed["nodes"]["b"]["gradient"] == 7
    chosen = json.loads(run("evaluate", "--example", "fan-out", "--loss", "s", "--json", capsys=capsys))
    assert chosen["loss"] == "s"
    assert chosen["nodes"]["t"]["gradient"] is None


# fmt: off
BAD = [
    (["evaluate"],                                          "Name a graph: a FILE, --example NAME or --code TEXT."),
    (["evaluate", "x.py", "--code", "L = 1"],               "Name one graph only"),
    (["evaluate", "nowhere.backprop"],                      "nowhere.backprop"),
    (["evaluate", "nowhere.py"],                            "nowhere.py can not be read: No such file or directory"),
    (["evaluate", "."],                                     "folder"),
    (["evaluate", "/dev/null"],                             "/dev/null"),
    (["evaluate", "--example", "xors"],                     "There is no example 'xors'. Did you mean xor?"),
    (["evaluate", "--code", "L = foo(x)"],                  "line 1, column 5: There is no operation foo"),
    (["evaluate", "--code", "x = 1\nL = sin(x, x)"],        "line 2, column 5: sin takes 1 input, not 2"),
    (["evaluate", "--code", "L = a*b"],                     "line 1, column 5: a has no value. Give it one"),
    (["evaluate", "--code", "L = a @ b", "--set", "a=[[1,2]]", "--set", "b=[[1,2]]"], "line 1, column 5: L: shapes"),
    (["evaluate", "--code", "L = " + "(" * 9999],           "line 1, column 154: This is nested more than 150 deep"),
    (["evaluate", "--code", "L = " + "-" * 1900 + "x"],     "nested more than 150 deep"),
    (["evaluate", "--code", "import os"],                   "line 1, column 1: Nothing can be imported"),
    (["evaluate", "--code", "L = x.__class__"],             "line 1, column 5: .__class__ is no graph code"),
    (["evaluate", "--code", ""],                            "The graph is empty"),
    (["evaluate", "--code", "w = parameter(shape=(99999, 99999))\nL = sum(w)"], "line 1, column 5: w: shape"),
    (["evaluate", "--code", "L = x*2", "--set", "x"],       "--set takes NAME=VALUE"),
    (["evaluate", "--code", "L = x*2", "--set", "=3"],      "--set takes NAME=VALUE"),
    (["evaluate", "--code", "L = x*2", "--set", "x="],      "--set x: '' is no JSON"),
    (["evaluate", "--code", "L = x*2", "--set", "x=a"],     "--set x: 'a' is no JSON number or list"),
    (["evaluate", "--code", "L = x*2", "--set", "x=[1,[2]]"], "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", 'x="3"'],   "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", "x=true"],  "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", "x=null"],  "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", "x=NaN"],   "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", "x=1e999"], "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", "x=" + "9" * 500], "The value of x is refused"),
    (["evaluate", "--code", "L = x*2", "--set", "x=" + "9" * 5000], "--set x: "),
    (["evaluate", "--code", "L = x*2", "--set", "x=" + "[" * 100000], "--set x: "),
    (["evaluate", "--code", "L = xx*2", "--set", "x=1"],    "There is no node named x. Did you mean xx?"),
    (["evaluate", "--code", "L = x*2", "--set", "L=1"],     "L is computed (multiply), so it can not be set."),
    (["evaluate", "--code", "L = x*2", "--set", "x=1", "--loss", "M"], "There is no node named M"),
    (["evaluate", "--code", "L = x*2", "--bogus"],          "Unrecognized arguments: --bogus. See "),
    (["evaluate", "a", "b"],                                "Unrecognized arguments: b"),
    (["evaluate", "--code"],                                "Argument --code: expected one argument"),
    (["evaluate", ""],                                      "Argument FILE: it takes the name of a file."),
    ([""],                                                  "Argument FILE: it takes the name of a file."),
    (["evaluate", "--code", "L = a*2", "--loss", ""],       "There is no node named ''."),
    (["evaluate", "--code", "L = broadcast_to(a, shape=(20000, 20000))", "--set", "a=1"],
     "400,000,000 numbers; at most 134,217,728 are allowed"),
    (["train", *ABC, "-o", ""],                             "Argument -o/--output: it takes the name of a file."),
    (["train", *ABC, "--csv", ""],                          "Argument --csv: it takes the name of a file."),
    (["train", *ABC, "--csv", "x.py", "-o", "./x.py"],      "--csv and -o both name x.py. Name two files."),
    (["render", *ABC, "-o", ""],                            "Argument -o/--output: it takes the name of a file."),
    (["export", *ABC, "--to", "code", "-o", ""],            "Argument -o/--output: it takes the name of a file."),
    (["check", "--code", "x = input(1.)"],                  "There is no loss to differentiate"),
    (["check", "--code", "L = x*2", "--set", "x=[1,2]"],    "L is the loss but has shape (2,)"),
    (["train", "--code", "x = input(1.)\nL = x*2"],         "There is no parameter to train"),
    (["train", "--code", "L = x*2", "--set", "x=[1,2]"],    "L is the loss but has shape (2,)"),
    (["train", "--example", "xor", "--steps", "-1"],        "--steps: it takes a whole number of at least 0, not -1."),
    (["train", "--example", "xor", "--steps", "many"],      "--steps: it takes a whole number of at least 0, not many"),
    (["train", "--example", "xor", "--lr", "nan"],          "--lr: it takes a number of at least 0, not nan"),
    (["train", "--example", "xor", "--lr", "-1"],           "--lr: it takes a number of at least 0, not -1"),
    (["train", "--example", "xor", "--batch", "0"],         "--batch: it takes a whole number of at least 1"),
    (["train", "--example", "fan-out", "--batch", "2"],     "no input or target has an axis"),
    (["train", "--example", "xor", "--optimizer", "lion"],  "Argument --optimizer: invalid choice: 'lion'"),
    (["train", "--example", "xor", "--momentum", "1.5"],    "momentum"),
    (["train", "--example", "xor", "--set-optimizer", "beta1"], "it takes NAME=NUMBER, such as beta1=0.8, not beta1"),
    (["train", "--example", "xor", "--set-optimizer", "steps=3"], "no optimizer has a setting steps. Use alpha, "),
    (["train", "--example", "xor", "--set-optimizer", "beta1=0.5"], "SGD has no setting beta1."),
    (["train", "--example", "xor", "--optimizer", "adam", "--momentum", "0.5"], "Adam has no setting momentum."),
    (["train", "--example", "xor", "--clip", "much"],       "--clip: it takes a number of at least 0, not much"),
    (["train", "--example", "xor", "-o", "x.txt"],          "-o x.txt: end it in .backprop, or in .py"),
    (["nofile.backprop", "--smoke-test"],                   "There is no file nofile.backprop."),
    (["train", "--example", "xor", "-o", "/nowhere/x.backprop"], "There is no folder /nowhere"),
    (["train", "--example", "xor", "--csv", "."],           ". is a folder. Name a file."),
    (["render", "--example", "xor"],                        "required: -o/--output"),
    (["render", "--example", "xor", "-o", "x.mp4"],         "x.mp4 names no kind of picture. End it in .gif"),
    (["render", "--example", "xor", "-o", "x.jpeg"],        "x.jpeg names no kind of picture"),
    (["render", "--example", "xor", "-o", "/nowhere/x.png"], "There is no folder /nowhere"),
    (["render", "--example", "xor", "-o", "x.png", "--fps", "5"], "--fps and --size are for animations"),
    (["render", "--example", "xor", "-o", "x.gif", "--fps", "90"], "--fps: it takes a whole number from 1 to 50"),
    (["render", "--example", "xor", "-o", "x.gif", "--size", "9"], "--size: it takes a whole number from 160 to 3840"),
    (["export", "--example", "xor", "--to", "onnx", "-o", "x"], "There is no export to 'onnx' in this version"),
    (["examples", "extra"],                                 "Unrecognized arguments: extra"),
    (["evalaute", "x.py"],                                  "Did you mean the command evaluate?"),
    (["nowhere.backprop"],                                  "There is no file nowhere.backprop. Check the path."),
    (["--bogus"],                                           "Unrecognized arguments: --bogus."),
]
# fmt: on


@pytest.mark.parametrize(("arguments", "part"), BAD, ids=[" ".join(row[0])[:60] for row in BAD])
def test_bad_input_is_one_line(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert part in refusal(*arguments, capsys=capsys)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_no_graphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good.backprop"
    api.save(api.load(example_path("xor")), good)
    torn = good.read_bytes()[:200]
    contents = {
        "torn.backprop": torn, "empty.backprop": b"", "binary.backprop": bytes(range(256)),
        "other.backprop": b'{"a": 1}',
        "deep.backprop": b"[" * 100_000, "list.backprop": b"[]", "binary.py": b"\xff\xfe", "null.py": b"L = \0",
        "picture.png": b"\x89PNG\r\n", "wrong.py": b"L = foo(x)",
    }  # fmt: skip
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert name in refusal("evaluate", str(path), capsys=capsys), name
        assert path.read_bytes() == content
    line = refusal("evaluate", str(tmp_path / "a\nb.py"), capsys=capsys)
    assert "a b.py" in line


def example_path(name: str) -> Path:
    from backprop_studio.document.examples import example_named

    return example_named(name).path


def test_a_gradient_taken_at_a_kink_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = "h stands at a kink over a: PyTorch's choice is 0; the one-sided slopes are 0 and 1."
    at = ["evaluate", "--code", "h = relu(a)\nL = h*2", "--set"]
    printed = json.loads(run(*at, "a=0", "--json", notice=told, capsys=capsys))
    assert printed["notice"] == told
    assert printed["nodes"]["a"]["gradient"] == 0.0
    run(*at, "a=0", notice=told, capsys=capsys)
    assert "notice" not in json.loads(run(*at, "a=1e-9", "--json", capsys=capsys))
    beside = run("check", "--code", "h = relu(a)\nL = h*2", "--set", "a=1e-9", capsys=capsys)
    assert "a: A kink is near, not here: the difference is taken on the side without it." in beside


# check


def test_check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    printed = json.loads(
        run("check", "--code", "L = relu(x)*w", "--set", "x=0", "--set", "w=2", "--json", capsys=capsys)
    )
    assert printed["passed"] is True
    assert printed["loss"] == "L"
    assert printed["nodes"]["x"]["kinks"] == 1
    assert printed["nodes"]["w"]["analytic"] == 0.0
    assert printed["nodes"]["w"]["note"] is None
    padded = "i = input([0, 1])\nE = parameter([[1.], [2.]])\nL = sum(square(embedding(i, E, padding_idx=1)))"
    assert "row 1 (padding_idx) of the weight" in run("check", "--code", padded, capsys=capsys)
    text = run("check", "--example", "xor", capsys=capsys)
    assert "The gradients of L agree with central differences." in text
    from dataclasses import replace

    from backprop_studio.engine import op

    wrong = replace(op.registry["sin"], vjps=(lambda g, out, x: g,))
    monkeypatch.setitem(op.registry._ops, "sin", wrong)
    assert cli.main(["check", "--code", "L = sin(x)", "--set", "x=1"]) == 1
    out, err = capsys.readouterr()
    assert "WRONG" in out
    assert "do NOT agree" in out
    assert err == ""


# train


def test_a_gradient_that_is_not_finite_is_not_called_right(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("check", "--code", "L = exp(x)", "--set", "x=1000")
    out = run(*arguments, status=1, notice="L is ∞", capsys=capsys)
    assert "not finite" in out
    assert out.endswith("\nGradients of L are NaN or infinite here, so there is nothing to compare them with.\n")
    told = json.loads(run(*arguments, "--json", status=1, notice="L is ∞", capsys=capsys))
    assert (told["passed"], told["nodes"]["x"]["passed"]) == (False, False)


def test_train_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "--code", "L = x**2", "--set", "x=3", "--steps", "3", "--lr", "0.1", "--json"]
    printed = json.loads(run(*arguments, capsys=capsys))
    assert set(printed) == {"steps", "loss", "final_loss", "parameters"}
    assert printed["steps"] == 3
    assert printed["loss"] == pytest.approx([9, 5.76, 3.6864])
    assert printed["final_loss"] == pytest.approx(2.359296)
    assert printed["parameters"]["x"] == pytest.approx(1.536)


def test_train_writes_what_it_learnt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained, curve = tmp_path / "trained.backprop", tmp_path / "loss.csv"
    out = run("train", "--example", "xor", "-o", str(trained), "--csv", str(curve), capsys=capsys)
    assert "1000 steps: loss 0.2655" in out
    assert api.evaluate(trained).values["y"].round().ravel().tolist() == [0, 1, 1, 0]
    rows = list(csv.DictReader(curve.read_text().splitlines()))
    assert len(rows) == 1000
    assert [rows[0]["step"], rows[-1]["step"]] == ["1", "1000"]
    assert float(rows[-1]["loss"]) < 0.01
    positions = {node.name: node.position for node in api.load(trained).nodes.values()}
    assert positions == {node.name: node.position for node in api.load(example_path("xor")).nodes.values()}


def test_training_that_diverges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    curve, trained = tmp_path / "loss.csv", tmp_path / "trained.backprop"
    arguments = ["train", "--code", "L = x**2", "--set", "x=3", "--lr", "1.1", "--steps", "5000"]
    line = refusal(*arguments, "--csv", str(curve), "-o", str(trained), status=1, capsys=capsys)
    assert "L became infinite. Try a smaller learning rate." in line
    assert len(curve.read_text().splitlines()) > 1000
    assert not trained.exists()
    assert f"Wrote {curve}. {trained} was not written." in line
    printed = json.loads(run(*arguments, "--json", status=1, capsys=capsys))
    assert printed["diverged"]["node"] == "L"
    assert printed["diverged"]["step"] == printed["steps"] + 1 == len(printed["loss"]) + 1
    assert "L became infinite" in printed["diverged"]["sentence"]
    assert printed["final_loss"] is None
    assert abs(printed["parameters"]["x"]) > 1e150
    assert json.loads(run(*arguments[:-1], "100", "--json", capsys=capsys))["final_loss"] > 1e15


@pytest.mark.parametrize("optimizer", cli.OPTIMIZER_NAMES)
def test_every_optimizer_has_its_name(optimizer: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "--code", "L = x**2", "--set", "x=3", "--steps", "5", "--optimizer", optimizer, "--json"]
    printed = json.loads(run(*arguments, capsys=capsys))
    assert printed["loss"] == api.train("L = x**2", {"x": 3}, steps=5, optimizer=optimizer).losses
    assert printed["final_loss"] < 9


def test_at_kinks_alone_there_is_nothing_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    tie = ["check", "--set", "a=[[[[1,1],[1,1]]]]", "--code"]
    alone = run(*tie, "L = sum(max_pool2d(a, 2))", capsys=capsys)
    assert "Every entry lies at a kink of L: away from kinks there is nothing to compare." in alone
    assert "agree with" not in alone
    both = run(*tie, "L = sum(max_pool2d(a, 2)) * b", "--set", "b=2", capsys=capsys)
    assert "The gradients of L agree with central differences away from the kinks." in both


def test_gradients_too_small_to_tell_are_told_and_pass(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["check", "--code", "L = x*1e-14 + 0*y", "--set", "x=1", "--set", "y=1"]
    told = run(*arguments, capsys=capsys)
    assert "too small to tell" in told
    assert [line.split()[-1] for line in told.splitlines() if line.startswith("y ")] == ["right"]
    found = json.loads(run(*arguments, "--json", capsys=capsys))
    assert found["passed"]
    assert [found["nodes"][name]["too_small"] for name in "xy"] == [1, 0]


def test_many_entries_are_checked_by_a_sample(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_check, "MOST_ENTRIES", 20)
    monkeypatch.setattr(gradient_check, "SAMPLED", 5)
    arguments = ["check", "--code", "L = sum(square(x))", "--set", f"x={list(range(30))}"]
    assert "x: 5 of 30 entries are checked, drawn at random." in run(*arguments, capsys=capsys)
    found = json.loads(run(*arguments, "--json", capsys=capsys))["nodes"]["x"]
    assert len(found["entries"]) == len(found["analytic"]) == len(found["numeric"]) == 5
    assert found["analytic"] == [2.0 * at for (at,) in found["entries"]]
    assert found["numeric"] == pytest.approx(found["analytic"])
    assert found["note"] == "5 of 30 entries are checked, drawn at random."
    told: list[tuple[int, int]] = []
    api.check("L = sum(square(x))", {"x": list(range(30))}, on_entry=lambda *done: told.append(done))
    assert told == [(done, 5) for done in range(1, 6)]


def test_settings_of_an_optimizer(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "--code", "L = x**2", "--set", "x=3", "--steps", "2", "--lr", "0.1", "--json"]

    def trained(*more: str) -> float:
        return json.loads(run(*arguments, *more, capsys=capsys))["parameters"]["x"]

    # x = 3, gradient 6; then v = 0.5·6 + 2·2.4, x = 2.4 − 0.1·7.8.
    assert trained("--momentum", "0.5") == pytest.approx(1.62)
    assert trained("--momentum", "0.5") == trained("--optimizer", "momentum", "--momentum", "0.5")
    assert trained("--momentum", "0.5") == trained("--set-optimizer", "momentum=0.5")
    assert trained("--optimizer", "adam", "--set-optimizer", "beta1=0.1") != trained("--optimizer", "adam")
    assert trained("--dtype", "float32") != trained() == pytest.approx(trained("--dtype", "float32"))
    assert trained("--clip", "1") == pytest.approx(2.8)
    # The gradient is 2x + 0.5x, so each step leaves 3/4.
    assert trained("--weight-decay", "0.5") == pytest.approx(3 * 0.75**2)


def test_minibatches(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "--example", "linear-regression", "--batch", "5", "--steps", "200", "--json"]
    first = json.loads(run(*arguments, "--seed", "1", capsys=capsys))
    assert first == json.loads(run(*arguments, "--seed", "1", capsys=capsys))
    assert first["loss"] != json.loads(run(*arguments, "--seed", "2", capsys=capsys))["loss"]
    assert first["final_loss"] < 0.1


# render, export, examples, and the rest


@pytest.mark.parametrize("name", ["graph.png", "graph.svg", "GRAPH.PNG"])
def test_render(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("render", *ABC, "-o", str(tmp_path / name), "--theme", "dark", capsys=capsys)
        == f"Wrote {tmp_path / name}\n"
    )
    data = (tmp_path / name).read_bytes()
    assert data.startswith(b"\x89PNG") if name.lower().endswith("png") else b"<svg" in data[:400]
    assert len(data) > 2000


def test_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "--code", "L=a * 2.0+b", "--to", "code", capsys=capsys) == "L = a*2 + b\n"
    run("export", *ABC, "--to", "code", "-o", str(tmp_path / "x.py"), capsys=capsys)
    assert (tmp_path / "x.py").read_text() == "a = parameter(2)\nb = parameter(3)\nc = parameter(4)\nL = (a + b)*c\n"


def test_examples(capsys: pytest.CaptureFixture[str]) -> None:
    printed = json.loads(run("examples", "--json", capsys=capsys))
    assert [entry["name"] for entry in printed][-2:] == ["moons", "softmax-classifier"]
    assert all(Path(entry["path"]).is_file() for entry in printed)
    text = run("examples", capsys=capsys)
    assert all(entry["title"] in text for entry in printed)


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version", capsys=capsys) == f"backprop-studio {__version__}\n"
    assert "evaluate, backprop-studio explain" in " ".join(run("--help", capsys=capsys).split())
    for command in cli.COMMANDS:
        assert run(command, "--help", capsys=capsys).startswith(f"usage: backprop-studio {command} ")


def test_optimizer_names_are_those_of_training() -> None:
    from backprop_studio.training.optimizers import OPTIMIZERS

    assert tuple(OPTIMIZERS) == cli.OPTIMIZER_NAMES


# The window


def test_the_window_is_given_what_the_line_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from backprop_studio import app

    called = []
    monkeypatch.setattr(app, "run_window", lambda *given: called.append(given) or 0)
    monkeypatch.setattr(headless, "has_display", lambda: True)
    path = tmp_path / "x.py"
    path.write_text("L = 1")
    assert cli.main([str(path), "--reset-layout", "--theme", "dark"]) == 0
    assert cli.main([]) == 0
    assert called == [([str(path)], True, "dark"), ([], False, None)]
    monkeypatch.setattr(app, "smoke_test", lambda: 1)
    assert cli.main(["--smoke-test"]) == 1


def test_displays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    assert not headless.has_display()
    monkeypatch.setenv("DISPLAY", ":931")  # where no server answers Qt would end the program
    assert not headless.has_display()
    monkeypatch.setenv("DISPLAY", "elsewhere:0")
    assert headless.has_display()
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert headless.has_display()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert headless.has_display()
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert headless.has_display()


def test_without_a_display_the_main_job_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(headless, "has_display", lambda: False)
    monkeypatch.chdir(tmp_path)
    out = run(capsys=capsys)
    lines = out.splitlines()
    assert lines[0] == "There is no display to open a window on, so the example XOR is trained here instead."
    assert lines[1].startswith("1000 steps at learning rate 1: loss 0.2655 → 0.000")
    assert any(line.split()[:2] == ["W1", "parameter"] for line in lines)
    assert lines[-1] == f"A picture of the graph is in {tmp_path / headless.PICTURE}"
    assert (tmp_path / headless.PICTURE).read_bytes().startswith(b"\x89PNG")
    (tmp_path / "x.py").write_text("L = 1")
    assert "backprop-studio evaluate x.py" in refusal("x.py", capsys=capsys)


def test_the_picture_goes_elsewhere_where_it_must(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from backprop_studio.ui.canvas import picture

    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    save = picture.save_picture

    def refuse_here(evaluation: object, path: Path, **settings: object) -> None:
        if path.parent == here:
            raise PermissionError("read-only")
        save(evaluation, path, **settings)

    monkeypatch.setattr(picture, "save_picture", refuse_here)
    monkeypatch.setattr(headless, "has_display", lambda: False)
    monkeypatch.setattr(headless.tempfile, "tempdir", str(elsewhere))
    monkeypatch.chdir(here)
    written = Path(run(capsys=capsys).splitlines()[-1].removeprefix("A picture of the graph is in "))
    assert written.is_file()
    assert elsewhere in written.parents
    assert list(here.iterdir()) == []


# What goes wrong outside


def test_interruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "train", interrupt)
    assert "Interrupted." in refusal("train", "--example", "xor", status=130, capsys=capsys)


def test_a_fault_of_ours_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(api, "evaluate", fail)
    assert "ZeroDivisionError: by zero" in refusal("evaluate", *ABC, capsys=capsys)

    def no_memory(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(api, "evaluate", no_memory)
    assert "not enough memory" in refusal("evaluate", *ABC, capsys=capsys)


def process(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    """The program as a process of its own."""
    command = [sys.executable, "-m", "backprop_studio", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]


def test_the_process() -> None:
    started = process("evaluate", *ABC, "--json", stdout=subprocess.PIPE)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (0, b"")
    assert json.loads(out)["nodes"]["L"]["value"] == 20
    refused = process("evaluate", "--code", "L = foo(x)", stdout=subprocess.PIPE)
    out, err = refused.communicate(timeout=60)
    assert (refused.returncode, out) == (2, b"")
    assert err.decode().startswith("backprop-studio: line 1, column 5: There is no operation foo.")
    diverged = process("train", "--code", "L = x**2", "--set", "x=3", "--lr", "9", stdout=subprocess.PIPE)
    _, err = diverged.communicate(timeout=60)
    assert diverged.returncode == 1
    assert err.count(b"\n") == 1  # and no progress bar where nobody watches


def test_a_reader_that_has_enough() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    started = process("evaluate", "--example", "softmax-classifier", "--json", stdout=writing)
    os.close(writing)
    assert started.communicate(timeout=60)[1] == b""
    assert started.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_output_that_cannot_be_written() -> None:
    with open("/dev/full", "wb") as full:
        started = process("evaluate", *ABC, stdout=full)
    err = started.communicate(timeout=60)[1]
    assert err == b"backprop-studio: No space left on device.\n"
    assert started.returncode == 2


def test_a_terminal_without_our_letters() -> None:
    started = process("evaluate", "--code", "L = -x", "--set", "x=2", stdout=subprocess.PIPE,
                      env={**os.environ, "PYTHONIOENCODING": "ascii"})  # fmt: skip
    out, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (0, b"")
    assert b"-2" in out
    refused = process("evaluate", "--code", "L = θ(x)", env={**os.environ, "PYTHONIOENCODING": "ascii:strict"})
    assert b"There is no operation" in refused.communicate(timeout=60)[1]
    assert refused.returncode == 2


def test_code_is_utf_8_where_the_terminal_lacks_its_letters() -> None:
    started = process("export", "--code", "L = θ*2", "--set", "θ=3", "--to", "code", stdout=subprocess.PIPE,
                      env={**os.environ, "PYTHONIOENCODING": "ascii:strict"})  # fmt: skip
    out, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (0, b"")
    assert out.decode() == "θ = parameter(3)\nL = θ*2\n"


def test_a_terminal_sees_a_progress_bar_and_can_interrupt() -> None:
    try:
        master, slave = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no pseudo-terminal: {error}")
    command = [sys.executable, "-m", "backprop_studio", "train", "--example", "xor", "--steps", "10000000"]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    seen = b""
    while b"%" not in seen:
        seen += os.read(master, 4096)
    assert b"Training [" in seen
    assert b"loss 0." in seen
    started.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 60
    while b"Interrupted." not in seen and time.monotonic() < deadline:
        seen += os.read(master, 4096)
    assert started.wait(timeout=60) == 130
    assert started.communicate()[0] == b""
    assert b"Traceback" not in seen
    os.close(master)


# Text


class Terminal:
    """A stream that says it is a terminal, or not."""

    def __init__(self, live: bool) -> None:
        self.live, self.text = live, ""

    def isatty(self) -> bool:
        return self.live

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_the_progress_bar_is_for_terminals_only() -> None:
    for live in (True, False):
        stream = Terminal(live)
        bar = ProgressBar(4, "Doing", stream)
        for done in range(5):
            bar.update(done, "so far")
        bar.close()
        assert (stream.text == "") == (not live)
    shown = Terminal(True)
    bar = ProgressBar(1, "Doing", shown)
    bar.update(1, "all")
    assert "Doing [##############################] 100% all" in shown.text
    bar.close()
    assert shown.text.endswith("\r\x1b[K")


def test_tables_are_aligned() -> None:
    assert table(("a", "bbb"), [("xx", "1"), ("y", "22")]) == "a   bbb\n──  ───\nxx  1\ny   22"
    assert array_text(None) == "none"
    assert array_text(np.array(-0.123456789)) == "−0.123457"
    assert array_text(np.array([[1.5, -2.0]])) == "[[1.5, −2]]"
    assert array_text(np.zeros((3, 4))) == "[3 × 4]"
    assert array_text(np.arange(200.0)) == "[0, 1, 2, …]"
    assert array_text(np.arange(200.0).reshape(100, 2)) == "[[0, 1], …]"
    assert array_text(np.arange(200.0).reshape(200, 1)) == "[[0], [1], …]"
    assert array_text(np.arange(200.0).reshape(1, 200)) == "[[0, 1, 2, …]]"
    assert array_text(np.arange(200.0).reshape(50, 2, 2)) == "[[[0, 1], …], …]"
    assert array_text(np.arange(200.0).reshape(100, 2, 1)) == "[[[0], [1]], …]"
    assert json_number([1.5, [float("nan")], float("inf"), -float("inf"), 3]) == [
        1.5,
        ["NaN"],
        "Infinity",
        "-Infinity",
        3,
    ]
