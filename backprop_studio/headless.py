"""The main job where there is no display: train an example, print what came of it, write a picture."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

EXAMPLE = "xor"
PICTURE = "backprop-studio-xor.png"


def has_display() -> bool:
    """Can a window open? Off Linux always; there, where a display answers or Qt is told to do without one."""
    if not sys.platform.startswith("linux"):
        return True
    environment = os.environ
    if environment.get("QT_QPA_PLATFORM") or environment.get("WAYLAND_DISPLAY"):
        return True
    display = environment.get("DISPLAY", "")
    # Qt ends the whole program where the X server does not answer, so a local one is asked first.
    return _answers(display) if display.startswith(":") else bool(display)


def _answers(display: str) -> bool:
    """Does the X server of a display such as ":0" or ":1.0" take connections?"""
    path = f"/tmp/.X11-unix/X{display[1:].split('.')[0]}"
    for address in ("\0" + path, path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, contextlib.suppress(OSError):
            connection.settimeout(2.0)
            connection.connect(address)
            return True
    return False


def paint_off_screen() -> None:
    """Tell Qt, before it loads, that pictures are all it has to paint."""
    if not os.environ.get("QT_QPA_PLATFORM"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


def run(files: Sequence[str]) -> int:
    """Say that there is no display and do the main job without one; returns the exit status.

    With ``files`` there is a job of the person's own, so only the commands that do it are named.
    """
    # Loaded here: asking for a display must cost nothing when the window opens.
    from backprop_studio import api
    from backprop_studio.cli import UsageError
    from backprop_studio.cli_commands import evaluation_text
    from backprop_studio.cli_text import ProgressBar, say
    from backprop_studio.document.examples import example_named
    from backprop_studio.document.number_text import number

    if files:
        raise UsageError(
            f"There is no display to open a window on. Try: backprop-studio evaluate {files[0]} (or train, or render)."
        )
    example = example_named(EXAMPLE)
    steps = example.steps or api.DEFAULT_STEPS
    say(f"There is no display to open a window on, so the example {example.title} is trained here instead.")
    bar = ProgressBar(steps, "Training")
    try:
        result = api.train(
            example.path, steps=steps, lr=example.learning_rate,
            on_step=lambda step, loss: bar.update(step, f"loss {number(loss)}"),
        )  # fmt: skip
    finally:
        bar.close()
    say(f"{steps} steps at learning rate {example.learning_rate:g}: ", end="")
    say(f"loss {number(result.losses[0])} → {number(result.final_loss)}\n")
    evaluation = api.evaluate(result.graph)
    say(evaluation_text(evaluation))
    written = _write_picture(evaluation)
    say(f"\nA picture of the graph is in {written}")
    return 0


def _write_picture(evaluation: object) -> Path:
    """Write the picture here, or in the folder for temporary files where this one takes none; returns where."""
    from backprop_studio.api import Evaluation

    assert isinstance(evaluation, Evaluation)
    paint_off_screen()
    from backprop_studio.ui.canvas.picture import save_picture

    here = Path.cwd() / PICTURE
    try:
        save_picture(evaluation.details, here)
    except OSError:
        elsewhere = Path(tempfile.mkdtemp(prefix="backprop-studio-")) / PICTURE
        save_picture(evaluation.details, elsewhere)
        return elsewhere
    return here
