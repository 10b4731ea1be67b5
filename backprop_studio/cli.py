"""The command line: the window, and everything that works without one.

Exit status: 0 on success, 1 where a check fails or training diverges, 2 for bad input with one line on
standard error, 130 where a person interrupts.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NoReturn

from backprop_studio import __version__
from backprop_studio.engine.blas_threads import limit_blas_threads

PROGRAM = "backprop-studio"
COMMANDS = ("evaluate", "explain", "check", "train", "render", "export", "examples")
OPTIMIZER_NAMES = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")


class UsageError(Exception):
    """A command line that says nothing the program can do; ``str(error)`` is one sentence."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments (by default those of the process) and return its exit status."""
    try:
        status = _run(list(sys.argv[1:] if argv is None else argv))
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except SystemExit as request:  # argparse leaves so after --help
        return request.code if isinstance(request.code, int) else 2
    except KeyboardInterrupt:
        complain("Interrupted.")
        return 130
    except BrokenPipeError:  # whoever read our output has read enough
        _drop_output()
        return 0
    except Exception as error:
        return _failed(error)


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        options = command_parser(arguments[0]).parse_args(arguments[1:])
        limit_blas_threads(options.threads)
        # Loaded here, so that the window does not wait for what only the commands need, and after the limit is set.
        from backprop_studio import cli_commands

        handler: Callable[[argparse.Namespace], int] = getattr(cli_commands, arguments[0])
        return handler(options)
    options = window_parser().parse_args(arguments)
    limit_blas_threads(options.threads)
    return _window(options)


def _failed(error: Exception) -> int:
    """Say in one line what went wrong; the exit status for it."""
    from backprop_studio.api import Diverged, GraphError

    if isinstance(error, OSError):
        _drop_output()
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{error.strerror or error}".rstrip(".") + ".")
    elif isinstance(error, GraphError | Diverged | UsageError):
        complain(str(error))
    elif isinstance(error, MemoryError):
        complain("There is not enough memory for this graph. Make its arrays smaller.")
    else:
        complain(f"A fault in the program stopped it ({type(error).__name__}: {error}). Please report it.")
    return 1 if isinstance(error, Diverged) else 2


def complain(sentence: str) -> None:
    """One line on standard error, whatever the sentence holds."""
    line = "".join(c if c.isprintable() else " " for c in sentence)
    try:
        print(f"{PROGRAM}: {line}", file=sys.stderr)
    except UnicodeEncodeError:
        print(f"{PROGRAM}: {ascii(line)[1:-1]}", file=sys.stderr)
    except OSError:
        _drop_output()


def _drop_output() -> None:
    """Let what is still buffered go nowhere, so that leaving does not fail a second time."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


# The window


def _window(options: argparse.Namespace) -> int:
    for path in options.files:
        if not os.path.exists(path):
            near = get_close_matches(path, COMMANDS, 1, 0.7)
            hint = f"Did you mean the command {near[0]}?" if near else "Check the path."
            raise UsageError(f"There is no file {path}. {hint}")
    from backprop_studio import headless

    if options.smoke_test:
        if not headless.has_display():
            headless.paint_off_screen()
        from backprop_studio import app

        return app.smoke_test()

    if not headless.has_display():
        return headless.run(options.files)
    from backprop_studio import app

    return app.run_window(options.files, options.reset_layout, options.theme)


# Parsers


class _Parser(argparse.ArgumentParser):
    """Refuses in one line."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        raise UsageError(f"{sentence}. See {self.prog} --help.")


def window_parser() -> argparse.ArgumentParser:
    """The parser for everything that is not a command."""
    parser = _Parser(
        prog=PROGRAM,
        description="Build a computational graph, watch values and gradients travel along its wires, and train it.",
        epilog="Without a window: " + ", ".join(f"{PROGRAM} {name}" for name in COMMANDS) + ". Each has --help.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", type=_file, help="documents (.backprop) or graph code (.py) to open"
    )
    parser.add_argument("--reset-layout", action="store_true", help="put all panels of the window back in place")
    parser.add_argument("--theme", choices=("light", "dark", "system"), help="colours of the window")
    _add_threads(parser)
    parser.add_argument("--smoke-test", action="store_true", help="open the window, try it out, and quit")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one command."""
    parser = _Parser(prog=f"{PROGRAM} {name}", description=_DESCRIPTIONS[name], allow_abbrev=False)
    if name != "examples":
        _add_source(parser)
    _add_threads(parser)
    if name in ("evaluate", "explain", "check", "render", "export"):
        parser.add_argument(
            "--mode",
            choices=("train", "eval"),
            help="dropout and batch_norm as in training or as in evaluation; by default as the document says",
        )
    if name in ("evaluate", "explain", "check", "train", "examples"):
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    if name in ("evaluate", "train"):
        parser.add_argument("--dtype", choices=("float64", "float32"), default="float64", help="numbers (float64)")
    if name == "explain":
        parser.add_argument("--backward", action="store_true", help="the backward pass alone")
        parser.add_argument("--latex", action="store_true", help="print every derivation as LaTeX")
    if name == "train":
        _add_training(parser)
    if name == "render":
        parser.add_argument(
            "-o",
            "--output",
            metavar="OUT",
            type=_file,
            required=True,
            help="picture to write: .png or .svg, or an animation of both passes: .gif, .apng or .webp",
        )
        parser.add_argument("--theme", choices=("light", "dark"), default="light", help="colours (light)")
        parser.add_argument("--fps", metavar="N", type=_whole(1, 50), help="frames a second of an animation (12.5)")
        parser.add_argument(
            "--size", metavar="PIXELS", type=_whole(160, 3840), help="width of an animation (what suits the graph)"
        )
    if name == "export":
        parser.add_argument("--to", metavar="FORMAT", required=True, help="code, pytorch, jax, numpy, latex or dot")
        parser.add_argument(
            "-o", "--output", metavar="OUT", type=_file, help="file to write (standard output, as for -)"
        )
    return parser


_DESCRIPTIONS = {
    "evaluate": "Print the value and the gradient of every node.",
    "explain": "Print every event of both passes with its rule and its arithmetic.",
    "check": "Compare analytic gradients with numeric ones (central differences).",
    "train": "Train the parameters of a graph. What is left out is PyTorch's default, whatever the window has saved in "
    "the document; its settings stay there, also in what -o writes.",
    "render": "Write a picture of a graph with its values and gradients, or an animation of its passes.",
    "export": "Write a graph in another form: graph code; PyTorch, JAX or NumPy code that prints the loss and its "
    "gradients; equations in LaTeX; or a picture in Graphviz's language.",
    "examples": "List the examples.",
}


def _add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", metavar="N", type=_whole(1), help="threads that matrix products may use (1)")


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """What reads an option that takes a whole number."""

    def count(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"it takes a whole number {bounds}, not {text[:40]}")
        return number

    return count


def _file(text: str) -> str:
    """The name of a file; an empty one, as of a variable of the shell that is not set, is refused."""
    if not text:
        raise argparse.ArgumentTypeError("it takes the name of a file")
    return text


def _amount(text: str) -> float:
    """A number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"it takes a number of at least 0, not {text[:40]}")
    return number


def _setting(text: str) -> tuple[str, float]:
    """A name and a number."""
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"it takes NAME=NUMBER, such as beta1=0.8, not {text[:40]}") from None


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", metavar="FILE", type=_file, help="a document (.backprop) or graph code (.py)"
    )
    parser.add_argument("--example", metavar="NAME", help="one of the examples instead of a file")
    parser.add_argument("--code", metavar="TEXT", help="graph code instead of a file")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="values",
        help="give a source a value in JSON, such as x=[[1,2],[3,4]]; may be repeated",
    )  # fmt: skip
    parser.add_argument("--loss", metavar="NAME", help="the node to differentiate (the last assigned one)")


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps", metavar="N", type=_whole(0), help="number of steps (1000, or what the example names)"
    )
    parser.add_argument("--optimizer", choices=OPTIMIZER_NAMES, default="sgd", metavar="NAME", help="sgd, momentum, "
                        "nesterov, rmsprop, adam or adamw (sgd)")  # fmt: skip
    parser.add_argument("--lr", metavar="X", type=_amount, help="learning rate (PyTorch's, or what the example names)")
    parser.add_argument(
        "--momentum", metavar="X", type=_amount, help="share of its speed that a step keeps (PyTorch's)"
    )
    parser.add_argument("--weight-decay", metavar="X", type=_amount, help="weight decay (PyTorch's)")
    parser.add_argument(
        "--set-optimizer", metavar="NAME=X", action="append", default=[], type=_setting, dest="settings",
        help="any other setting of the optimizer, such as beta1=0.8 of adam; may be repeated",
    )  # fmt: skip
    parser.add_argument("--clip", metavar="X", type=_amount, help="largest norm of all gradients together (no limit)")
    parser.add_argument("--batch", metavar="N", type=_whole(1), help="rows of inputs and targets in each step (all)")
    parser.add_argument("--seed", metavar="N", type=_whole(0), default=0, help="seed of the order of minibatches (0)")
    parser.add_argument("--csv", metavar="F", type=_file, help="write the loss of every step to this file")
    parser.add_argument(
        "-o", "--output", metavar="TRAINED.backprop", type=_file,
        help="write the trained graph to this file (.backprop, or .py for graph code)",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
