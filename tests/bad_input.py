"""Bad input of every kind, made from good input by chance, and the doors that must refuse it in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from backprop_studio import GraphError, cli, evaluate
from backprop_studio.document.file_format import DocumentError, dumps, loads
from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.exchange.graph_code import GraphCodeError, parse_graph_code
from backprop_studio.resource_files import resource
from backprop_studio.session.clipping import ClipError, unclip

CODES = (
    "z = x*w + b\ns = sigmoid(z)\nL = square(s - y)\n",
    'x = input([[0., 1.]])\nw = parameter(shape=(2, 8), init="xavier", seed=0)\nL = sum(relu(x @ w.T.T)[0])\n',
    "a = parameter([1., -2.])\nb = concatenate(a, a)\nc = reshape(b, shape=(2, 2))\nL = mean(c**2) + l2_penalty(a)\n",
    "x = input([1, 2, 0])\nt = target(1.)\nh = tanh(x / 3 - t) * constant(.5)\nL = huber_loss(h, t, delta=.5)\n",
)
HUGE = (
    "9**9**9", "1e999", "9" * 5000, "0x" + "f" * 4000, "1_000", "1j", "-" * 3000 + "1", "(" * 300 + "1" + ")" * 300,
    "[" * 200 + "]" * 200, "x" + ".T" * 900, "x" + "[0]" * 300, "parameter(shape=(100000, 100000))", "nan", "True",
    "None", "parameter(shape=(1000000000000, 3))", "parameter(shape=(-1,))", "parameter(seed=10**30, shape=(2,))",
    "'a'*9**9", "broadcast_to(x, shape=(99999, 99999, 99))", "reshape(x, shape=(0, 0))", "sum(x, axis=10**20)", "...",
    "1e308*10", "stack(" + "x, " * 300 + "x)", "x if x else x", "lambda: x", "[x for x in x]", "f'{x}'", "(y := x)",
    "*x", "x.real", "__import__('os')", "print(x)", "x()()", "not x", "x < 1", "x @ x @ x", "power(x, 10**9)",
    "slice(x, 0, 10**12)", "softmax(x, axis=1.5)", "conv2d(x, x, stride=10**18)", "dropout(x, p=-1)",
    "embedding(x, x)", "x + +x", "\\\n1",
)  # fmt: skip
"""What takes the place of a part of graph code."""
LETTERS = "()[]{}=+-*/@.,:;#'\"\\ \n\t\r\0_ax19é\u202e\ud800\U0001f600"
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 10**400, 1.5, -0.0, 1e308, "", "x", "\ud800", "NaN", "x" * 100_000, [], [[]], {},
    {"x": 1}, [1, [2]], "add", 5e-324, "\u202e", [0] * 5000, "no such operation", -(2**63), "Infinity",
)  # fmt: skip
"""What takes the place of a part of a document."""
NUMBERS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1e308", b"0123", b"--1", b"9" * 5000, b"1.", b"+1", b"0x1",
    b"1e-999",
)  # fmt: skip


def documents() -> list[bytes]:
    """Good documents: the examples, and some graphs made of code."""
    files = sorted(Path(str(resource("examples"))).glob("*.backprop"))
    return [file.read_bytes() for file in files] + [dumps(parse_graph_code(code)) for code in CODES]


def bad_document(good: bytes, random: Random) -> bytes:
    """A document with something wrong with it, mostly."""
    kind = random.randrange(9)
    if kind == 0:
        return good[: random.randrange(len(good))]
    if kind == 1:
        return _at(good, random, lambda part: bytes([random.randrange(256)]) + part[1:])
    if kind == 2:
        fields = re.findall(rb'"[a-z_]+": ', good)
        return _at(good, random, lambda part: part.replace(b"{", b"{" + random.choice(fields) + b"1, ", 1))
    if kind == 3:
        return _at(good, random, lambda part: re.sub(rb"-?\d+(\.\d+)?", random.choice(NUMBERS), part, count=1))
    if kind == 4:
        depth = random.choice((40, 1000, 100_000))
        nest = b"[" * depth + b"1" + b"]" * depth if random.random() < 0.7 else b'{"a":' * depth + b"1" + b"}" * depth
        return _at(good, random, lambda part: re.sub(rb"\[\]|\d+|\[", nest, part, count=1))
    if kind == 5:
        lines = good.splitlines()
        lines.insert(random.randrange(len(lines)), random.choice(lines))
        del lines[random.randrange(len(lines))]
        return b"\n".join(lines)
    if kind == 6:
        return random.choice(
            (b"\xef\xbb\xbf" + good, good.decode().encode("utf-16"), b"", b"null", good + good, good * 3)
        )
    content = json.loads(good)
    for _ in range(random.choice((1, 1, 2, 4))):
        _spoil(content, random)
    return json.dumps(content).encode("utf-8", "surrogatepass")


def bad_code(good: str, random: Random) -> str:
    """Graph code with something wrong with it, mostly."""
    for _ in range(random.choice((1, 1, 2, 5))):
        at, kind = random.randrange(len(good) + 1), random.randrange(6)
        end = min(at + random.choice((1, 1, 3, 9)), len(good))
        if kind == 0:
            good = good[:at] + good[end:]
        elif kind == 1:
            good = good[:at] + random.choice(LETTERS) + good[at:]
        elif kind == 2:
            good = good[:at] + random.choice(LETTERS) + good[end:]
        elif kind == 3:
            good = good[:at] + good[at:end] * random.choice((2, 50, 2000)) + good[end:]
        else:
            parts = list(re.finditer(r"[a-z_]+(\([^()]*\))?|[\d.]+|\[[^\]]*\]", good)) or list(re.finditer("", good))
            part = random.choice(parts)
            good = good[: part.start()] + random.choice(HUGE) + good[part.end() :]
    return good


def bad_value(random: Random) -> str:
    """What somebody might type for a value."""
    if random.random() < 0.5:
        return random.choice(HUGE + tuple(number.decode() for number in NUMBERS))
    return bad_code(random.choice(("[[1., 2.], [3, -4]]", "0.5", "[1e3, nan]", '["NaN", 1]', "zeros(2, 3)")), random)


def _at(good: bytes, random: Random, change: Callable[[bytes], bytes]) -> bytes:
    at = random.randrange(len(good))
    return good[:at] + change(good[at:])


def _spoil(content: Any, random: Random) -> None:
    """Put junk somewhere into a document, rename a field, or take one away."""
    while True:
        places = list(content) if isinstance(content, dict) else list(range(len(content)))
        if not places:
            return
        place = random.choice(places)
        inner = content[place]
        if not (isinstance(inner, dict | list) and inner and random.random() < 0.85):
            break
        content = inner
    if isinstance(content, dict) and random.random() < 0.2:
        content[str(place) + random.choice(("x", "\u202e", ""))] = content.pop(place)
    elif random.random() < 0.1:
        del content[place]
    else:
        content[place] = deepcopy(random.choice(JUNK))


# The doors. Each takes one piece of input and answers the sentence with which it was refused, "" where it was not.


def read_document(data: bytes) -> str:
    """As a file."""
    try:
        loads(data)
    except DocumentError as error:
        return str(error)
    return ""


def paste_document(data: bytes) -> str:
    """As the clipboard's own format."""
    try:
        unclip(data, "")
    except ClipError as error:
        return str(error)
    return ""


def paste_text(text: str) -> str:
    """As text of the clipboard."""
    try:
        unclip(None, text)
    except ClipError as error:
        return str(error)
    return ""


def read_code(text: str) -> str:
    """As graph code."""
    try:
        parse_graph_code(text)
    except GraphCodeError as error:
        return str(error)
    return ""


def evaluate_code(text: str) -> str:
    """As graph code that is run."""
    try:
        evaluate("pass_\n" + text if "=" not in text else text)
    except GraphError as error:
        return str(error)
    return ""


def type_value(text: str) -> str:
    """As a value typed into a field."""
    try:
        parse_value(text)
    except ValueTextError as error:
        return str(error)
    return ""


def set_value(text: str) -> str:
    """As ``--set x=…`` on the command line."""
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        status = cli.main(["evaluate", "--code", "L = sum(x*x)", "--set", f"x={text}", "--json"])
    told = errors.getvalue().removesuffix("\n")
    assert (status == 0) == (not told), (status, told)
    assert status in (0, 2), status
    return told


DOCUMENT_DOORS = (read_document, paste_document)
CODE_DOORS = (read_code, evaluate_code, paste_text)
VALUE_DOORS = (type_value, set_value)


def check_sentence(sentence: str) -> None:
    """A refusal is one sentence on one line, of a length that is read."""
    assert not sentence or sentence.endswith((".", "?")), sentence
    assert "\n" not in sentence, sentence
    assert "Traceback" not in sentence, sentence
    assert "object at 0x" not in sentence, sentence
    assert len(sentence) < 600, f"{len(sentence)} characters: {sentence[:300]}"
    sentence.encode("utf-8")
