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


def paint(
    evaluation: Evaluation, output: str, theme_name: str, *, fps: float | None = None, width: int | None = None
) -> None:
    """Write a picture, or both passes as an animation under a progress bar, by the ending of ``output``.

    ``fps`` and ``width`` are those of an animation, None for what suits it. Raises UsageError where there is nothing to
    animate, and OSError.
    """
    is_animation = Path(output).suffix.lower() in ANIMATIONS
    if not is_animation and (fps is not None or width is not None):
        raise UsageError(
            f"--fps and --size are for animations. End {output} in {', '.join(ANIMATIONS)}, or leave them out."
        )
    paint_off_screen()
    # Only pictures need Qt.
    if not is_animation:
        from backprop_studio.ui.canvas.picture import save_picture

        save_picture(evaluation, output, theme_name=theme_name)
        return
    from backprop_studio.ui.canvas.animation import FPS, save_animation

    bar = ProgressBar(100, "Painting")

    def on_frame(done: int, total: int) -> None:
        bar.update(100 * done // total, f"frame {done} of {total}")

    try:
        save_animation(evaluation, output, theme_name, on_frame, fps=FPS if fps is None else fps, width=width)
    except ValueError as error:
        raise UsageError(str(error)) from None
    finally:
        bar.close()
