"""What graph code refuses, where it says so, and in which words."""

from __future__ import annotations

import sys
import threading

import pytest

from backprop_studio.engine.ops import registry
from backprop_studio.exchange.code_hints import POSITIONAL
from backprop_studio.exchange.graph_code import GraphCodeError, graph_code, parse_graph_code

# fmt: off
REFUSED = [
    # text, line, column, a part of the sentence
    ("L = sigmod(x)",                        1, 5,  "no operation sigmod. Did you mean sigmoid?"),
    ("x = 1\n\nL = foo_bar(x)",              3, 5,  "no operation foo_bar"),
    ("L = __import__('os')",                 1, 5,  "no operation __import__"),
    ("L = eval('1')",                        1, 5,  "no operation eval"),
    ("L = 9**9**9**9",                       1, 5,  "This power of numbers is too large"),
    ("L = x + 10**400",                      1, 9,  "This power of numbers is too large"),
    ("import os",                            1, 1,  "Nothing can be imported"),
    ("from os import *",                     1, 1,  "Nothing can be imported"),
    ("L = np.exp(x)",                        1, 5,  "by its name alone: exp(x)"),
    ("L = x.exp(y)",                         1, 5,  "by its name alone: exp(x)"),
    ("L = x.__class__",                      1, 5,  "only .T"),
    ("L = x.T.S",                            1, 5,  "only .T"),
    ("L = (sin)(x)(y)",                      1, 5,  "Only operations can be called"),
    ("z = a*b\nL = z(a)",                    2, 5,  "z is a node, not an operation"),
    ("L = add(x)",                           1, 5,  "add takes 2 inputs, not 1: write add(x, y)."),
    ("L = sin(x, y)",                        1, 5,  "sin takes 1 input, not 2: write sin(x)."),
    ("L = max(x, y)",                        1, 12, "max is the largest entry of one array: write maximum(x, y)."),
    ("L = min(x, y*2)",                      1, 12, "min is the smallest entry of one array: write minimum(x, y)."),
    ("L = reshape(x, 3, 5)",                 1, 5,  "Give settings by name: reshape(x, shape=(3, 5))."),
    ("L = mse_loss(y, t, 'sum')",            1, 5,  "by name: mse_loss(input, target, reduction='sum')."),
    ("L = softmax(x, 1, y)",                 1, 5,  "write softmax(x)."),
    ("L = max(x, 0x" + "f" * 5000 + ")",     1, 12, "too large for a setting"),
    ("L = mse_loss(y, t, 0x" + "f" * 5000 + ")", 1, 5, "write mse_loss(input, target)."),
    ("L = sum(x, y)",                        1, 12, "A setting takes a constant"),
    ("L = sum(x, 0, axis=1)",                1, 15, "axis is given twice"),
    ("L = leaky_relu(x, 'a')",               1, 19, "takes a number, not 'a'"),
    ("L = concatenate((a, b), 1)",           1, 17, "one by one, without brackets"),
    ("L = cat(a, b)",                        1, 5,  "no operation cat. Did you mean concatenate?"),
    ("L = mm(a, b)",                         1, 5,  "no operation mm. Did you mean matmul?"),
    ("L = erf(a)",                           1, 5,  "no operation erf. Operations are called by name"),
    ("L = einsum('ij', a)",                  1, 5,  "no operation einsum. Write it as matmul, or"),
    ("L = squeeze(a)",                       1, 5,  "no operation squeeze. Write reshape(x, shape=(2, 3))"),
    ("L = bce(a, b)",                        1, 5,  "Did you mean binary_cross_entropy?"),
    ("L = nn.Linear(2, 3)(x)",               1, 5,  "Only operations can be called"),
    ("L = nn.Linear(2, 3)",                  1, 5,  "no operation Linear. Did you mean linear?"),
    ("L = nn.BCEWithLogitsLoss(x)",          1, 5,  "Did you mean binary_cross_entropy_with_logits?"),
    ("L = F.relu(x)",                        1, 5,  "by its name alone: relu(x)"),
    ("L = x.sum()",                          1, 5,  "by its name alone: sum(x)"),
    ("L = x.view(3, 5)",                     1, 5,  "no operation view. Did you mean reshape?"),
    ("L = add(*x)",                          1, 5,  "add takes 2 inputs, not 1"),
    ("L = sin(*x)",                          1, 9,  "* before a name"),
    ("L = sin(x, **k)",                      1, 14, "** is no graph code"),
    ("L = add(x=1, y=2)",                    1, 9,  "by position, without x="),
    ("L = sin(a, beta=3)",                   1, 12, "sin has no setting beta; it has none."),
    ("L = leaky_relu(x, slope=3)",           1, 19, "no setting slope; its settings: negative_slope."),
    ("L = leaky_relu(x, negative_slope='a')", 1, 34, "takes a number, not 'a'"),
    ("L = gelu(x, approximate='exact')",     1, 25, "one of 'none', 'tanh'"),
    ("L = sum(x, axis=0, dim=0)",            1, 20, "axis is given twice"),
    ("L = sum(x, axis=y)",                   1, 17, "A setting takes a constant"),
    ("L = sum(x, axis=10**9)",               1, 17, "A setting takes a constant"),
    ("L = sum(x, axis=10**99999999)",        1, 17, "A setting takes a constant"),
    ("L = sum(x, axis=99999999999999999999)", 1, 17, "too large for a setting"),
    ("L = sum(x, axis=...)",                 1, 17, "A setting takes a constant"),
    ("L = huber_loss(x, t, delta=0)",        1, 28, "above 0"),
    ("w = parameter(shape=(2, -8))",         1, 21, "tuple of sizes"),
    ("w = parameter(shape=(2, 8), init='x')", 1, 34, "one of 'zeros'"),
    ("w = parameter(shape=(2, 8), seed=1.5)", 1, 34, "a whole number"),
    ("x = input(shape=(2,))",                1, 11, "input has no setting shape"),
    ("x = input(1, 2)",                      1, 5,  "input takes one value, not 2"),
    ("d = data('xor')",                      1, 5,  "data gives features and targets, so it takes a line with a name"),
    ("L = mean(data('xor'))",                1, 10, "data gives features and targets"),
    ("x, t, u = data('xor')",                1, 11, "write x, t = data(\"xor\")."),
    ("x, y = a, b",                          1, 1,  "One plain name stands left of the ="),
    ("x, y = relu(a)",                       1, 1,  "One plain name stands left of the ="),
    ("x, x = data('xor')",                   1, 4,  "x is assigned twice"),
    ("x, [t] = data('xor')",                 1, 1,  "One plain name stands left of the ="),
    ("x, t = data('planets')",               1, 13, "one of 'xor', 'circles'"),
    ("x, t = data('xor', kind='moons')",     1, 20, "kind is given twice"),
    ("x, t = data([[1.]])",                  1, 8,  "data takes a dataset's name, or features and targets"),
    ("x, t = data(samples=0)",               1, 21, "at least 1"),
    ("x, t = data()\nL = t",                 2, 5,  "L would be the loss"),
    ("x = input([[1, 2], [3]])",             1, 11, ""),
    ("x = input('a')",                       1, 11, ""),
    ("x = input([1, y])",                    1, 11, ""),
    ("x = input([nan, [1]])",                1, 11, "different lengths"),
    ("x = input([nan, y])",                  1, 17, "numbers only"),
    ("x = input([i for i in y])",            1, 11, ""),
    ("y = L\nL = x*2",                       1, 5,  "L is used before it is assigned on line 2"),
    ("L = L + 1",                            1, 5,  "L is used before it is assigned on line 1"),
    ("x = 1\nx = 2",                         2, 1,  "x is assigned twice, first on line 1"),
    ("relu = x*2",                           1, 1,  "relu is the name of an operation"),
    ("L = relu*2",                           1, 5,  "relu is an operation. Call it, as in relu(x)."),
    ("L = input + 1",                        1, 5,  "input is an operation. Call it, as in input(1.)."),
    ("L = " + "q" * 41 + "*2",               1, 5,  "at most 40 characters"),
    ("L = x += 1",                           1, 7,  ""),
    ("x += 1",                               1, 1,  "A name keeps its value"),
    ("x: float = 1",                         1, 1,  "no types"),
    ("a, b = 1, 2",                          1, 1,  "One plain name"),
    ("a = b = 1",                            1, 1,  "One plain name"),
    ("[a] = x",                              1, 1,  "One plain name"),
    ("x.y = 3",                              1, 1,  "One plain name"),
    ("x[0] = 3",                             1, 1,  "One plain name"),
    ("x*2",                                  1, 1,  "The result has no name"),
    ("'a remark'",                           1, 1,  "behind a #"),
    ("def f(): pass",                        1, 1,  "functions can not be defined"),
    ("class A: pass",                        1, 1,  "Only assignments"),
    ("for i in x: pass",                     1, 1,  "there are no loops"),
    ("while 1: pass",                        1, 1,  "there are no loops"),
    ("if x: y = 1",                          1, 1,  "there is no if"),
    ("with x: pass",                         1, 1,  "Only assignments"),
    ("del x",                                1, 1,  "Only assignments"),
    ("assert x",                             1, 1,  "Only assignments"),
    ("global x",                             1, 1,  "Only assignments"),
    ("pass",                                 1, 1,  "Only assignments"),
    ("L = lambda: 1",                        1, 5,  "A lambda is no graph code"),
    ("L = a if b else c",                    1, 5,  "Write where(condition, x, y)"),
    ("L = [i for i in x]",                   1, 5,  "Comprehensions"),
    ("L = sum(i for i in x)",                1, 8,  "Comprehensions"),
    ("L = {i for i in x}",                   1, 5,  "Comprehensions"),
    ("L = f'{x}'",                           1, 5,  "Strings stand in settings only"),
    ("L = 'a'",                              1, 5,  "Strings stand in settings only"),
    ("L = b'a'",                             1, 5,  "Strings stand in settings only"),
    ("L = (y := x)",                         1, 6,  ":= is no graph code"),
    ("L = x == 3",                           1, 5,  "can not be compared"),
    ("L = a > b",                            1, 5,  "where(relu(a - b), x, y)"),
    ("L = x < y < z",                        1, 5,  "can not be compared"),
    ("L = a and b",                          1, 5,  "and and or"),
    ("L = {}",                               1, 5,  "A dictionary"),
    ("L = {1, 2}",                           1, 5,  "A set"),
    ("L = [1, 2]",                           1, 5,  "as a source, such as constant([[1., 2.]])"),
    ("L = 1, 2",                             1, 5,  "an array is a source"),
    ("L = x ^ 2",                            1, 5,  "For a power, write **"),
    ("L = x // 2",                           1, 5,  "// is no operator"),
    ("L = x % 2",                            1, 5,  "% is no operator"),
    ("L = ~x",                               1, 5,  "~ is no operator"),
    ("L = not x",                            1, 5,  "not is no operator"),
    ("L = 2j",                               1, 5,  "Numbers are real"),
    ("L = True + 1",                         1, 5,  "True is no value"),
    ("L = None",                             1, 5,  "None is no value"),
    ("L = x + ...",                          1, 9,  "Ellipsis is no value"),
    ("L = 1e999",                            1, 5,  "too large"),
    ("L = " + "9" * 400,                     1, 5,  "too large"),
    ("L = " + "9" * 5000,                    1, 1,  "too many digits"),
    ("L = 0x" + "f" * 5000,                  1, 5,  "too large"),
    ("x = input(1e999)",                     1, 11, ""),
    ("L = await x",                          1, 5,  "no graph code"),
    ("L = (x",                               1, 5,  "was never closed"),
    ("L = x)",                               1, 6,  "unmatched"),
    ("L = 3x",                               1, 5,  "invalid decimal literal"),
    ("L := 3",                               1, 3,  "no assignment that Python could read"),
    ("L = x\n  y = 3",                       2, 2,  "unexpected indent"),
    ("L = 'a",                               1, 5,  "unterminated string"),
    ("L = \0",                               1, 5,  "a null byte"),
    ("L = '\ud800'",                         1, 6,  "half of a character"),
    ("L = a\u202eb",                         1, 6,  "U+202E"),
]
INDEX = "slice" in registry
REFUSED += [
    ("L = x[0]",                             1, 5,  "needs the operation slice"),
    ("L = x[:, 1]",                          1, 5,  "needs the operation slice"),
] if not INDEX else [
    ("L = x[a]",                             1, 7,  "The setting index takes an index"),
    ("L = x[1:y]",                           1, 7,  "The setting index takes an index"),
    ("L = x[sin(2)]",                        1, 7,  "The setting index takes an index"),
]
DEEP = [
    "L = " + "(" * 5000 + "x" + ")" * 5000,
    "L = " + "(" * 100_000,
    "L = " + "[" * 5000 + "]" * 5000,
    "L = " + "{" * 5000,
    "L = " + "-" * 1900 + "x",
    "L = " + "- " * 100_000 + "x",
    "L = " + "~" * 5000 + "x",
    "L = " + "not " * 5000 + "x",
    "L = " + "lambda: " * 5000 + "x",
    "L = " + "x if y else " * 5000 + "z",
    "L = " + "+".join("x" * 100_000),
    "L = " + "**".join("x" * 5000),
    "L = x" + ".T" * 5000,
    "L = x" + "[0]" * 5000,
    "L = f" + "(x)" * 5000,
    "L = " + "sin(" * 5000 + "x" + ")" * 5000,
    "L = " + "a and " * 5000 + "b",
    "x = input(" + "[" * 5000 + "1" + "]" * 5000 + ")",
    "x = input(" + "-" * 5000 + "1)",
    "x = input(" + "+".join("1" * 5000) + ")",
    'L = ("" """ \\\n' + "(" * 3000 + ' """ + "\n' + "(" * 3000,
    "if x: y = 1\n" + "elif x: y = 1\n" * 5000,
    "".join(" " * depth + "if x:\n" for depth in range(90)) + " " * 90 + "y = 1",
    "x" + ".a" * 5000 + " = 1",
]
# fmt: on


@pytest.mark.parametrize(("text", "line", "column", "part"), REFUSED, ids=[row[0][:40] for row in REFUSED])
def test_a_sentence_at_the_place(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(GraphCodeError) as caught:
        parse_graph_code(text)
    error = caught.value
    assert part in error.sentence
    assert (error.line, error.column) == (line, column)
    assert error.sentence[-1] in ".?"
    assert "\n" not in error.sentence
    assert len(error.sentence) < 200
    assert str(error) == f"line {line}, column {column}: {error.sentence}"


@pytest.mark.parametrize("text", DEEP, ids=[text[:24] for text in DEEP])
def test_deep_nesting_is_a_sentence(text: str) -> None:
    with pytest.raises(GraphCodeError):
        parse_graph_code(text)


def test_what_nests_less_deep_is_read() -> None:
    assert len(parse_graph_code("L = " + "+".join("x" * 140)).nodes) == 140
    assert len(parse_graph_code("L = " + "sin(" * 140 + "x" + ")" * 140).nodes) == 141
    assert parse_graph_code(f"x = input({[-1.5] * 5000})\nL = sum(x)").node_named("x").value.shape == (5000,)


def test_reading_fits_a_small_stack() -> None:
    found = []
    old = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.append(parse_graph_code("L = " + "-(" * 70 + "x" + ")" * 70)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(old)
    assert len(found[0].nodes) == 71
    assert sys.getrecursionlimit() <= 3000


def test_a_text_too_long_is_told() -> None:
    with pytest.raises(GraphCodeError, match="more than 1,000,000 characters"):
        parse_graph_code("# " + "x" * 1_000_000)


def test_nothing_is_executed(tmp_path) -> None:
    target = tmp_path / "made"
    for text in (f"L = open({str(target)!r}, 'w')", f"x = input(open({str(target)!r}, 'w'))",
                 f"L = [].__class__.__base__.__subclasses__()\nx = open({str(target)!r}, 'w')"):  # fmt: skip
        with pytest.raises(GraphCodeError):
            parse_graph_code(text)
    assert not target.exists()


@pytest.mark.skipif(not INDEX, reason="there is no operation slice yet")
def test_an_index_in_brackets_is_a_slice() -> None:
    graph = parse_graph_code("L = (x + 1)[:, 1:3]")
    assert graph.node_named("L").op_name == "slice"
    assert graph_code(graph) == "L = (x + 1)[:, 1:3]\n"


@pytest.mark.parametrize(("by_position", "by_name"), [
    ("sum(x, 1)",                  "sum(x, axis=1)"),
    ("sum(x, (0, 1), True)",       "sum(x, axis=(0, 1), keepdims=True)"),
    ("mean(x, -1)",                "mean(x, axis=-1)"),
    ("softmax(x, 0)",              "softmax(x, axis=0)"),
    ("max(x, 1)",                  "max(x, axis=1)"),
    ("min(x, -1, True)",           "min(x, axis=-1, keepdims=True)"),
    ("softmax(x, -1)",             "softmax(x)"),
    ("reshape(x, (3, 5))",         "reshape(x, shape=(3, 5))"),
    ("transpose(x, 0, 1)",         "transpose(x, dim0=0, dim1=1)"),
    ("clamp(x, 0, 1)",             "clamp(x, min=0.0, max=1.0)"),
    ("leaky_relu(x, 0.2)",         "leaky_relu(x, negative_slope=0.2)"),
    ("max_pool2d(x, 2, 2, 0, 1, True)", "max_pool2d(x, stride=(2,), ceil_mode=True)"),
    ("conv2d(x, w, b, 2)",         "conv2d(x, w, b, stride=(2,))"),
])  # fmt: skip
def test_settings_that_pytorch_takes_by_position_are_written_back_by_name(by_position: str, by_name: str) -> None:
    assert graph_code(parse_graph_code(f"L = {by_position}")) == f"L = {by_name}\n"


def test_settings_by_position_are_settings() -> None:
    for name, settings in POSITIONAL.items():
        assert {setting.name for setting in registry[name].settings} >= set(settings)
