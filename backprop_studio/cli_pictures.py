"""Pictures and animations of a graph, written by the command line."""

from __future__ import annotations

from pathlib import Path

from backprop_studio.cli import UsageError
from backprop_studio.cli_text import ProgressBar
from backprop_studio.document.evaluation import Evaluation
from backprop_studio.headless import paint_off_screen

ANIMATIONS = (".gif", ".apng", ".webp")
PICTURES = (*ANIMATIONS, ".png", ".svg")
"""The endings of what can be painted."""


def paint(evaluation: Evaluation, output: str, theme_name: str) -> None:
    """Write a picture, or both passes as an animation under a progress bar, by the ending of ``output``.

    Raises UsageError where there is nothing to animate, and OSError.
    """
    paint_off_screen()
    # Only pictures need Qt.
    if Path(output).suffix.lower() not in ANIMATIONS:
        from backprop_studio.ui.canvas.picture import save_picture

        save_picture(evaluation, output, theme_name=theme_name)
        return
    from backprop_studio.ui.canvas.animation import save_animation

    bar = ProgressBar(100, "Painting")

    def on_frame(done: int, total: int) -> None:
        bar.update(100 * done // total, f"frame {done} of {total}")

    try:
        save_animation(evaluation, output, theme_name, on_frame)
    except ValueError as error:
        raise UsageError(str(error)) from None
    finally:
        bar.close()
