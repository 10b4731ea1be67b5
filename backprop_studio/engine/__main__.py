"""``python -m backprop_studio.engine`` prints the table of operations; ``--markdown`` for the documentation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from backprop_studio.engine.operation_table import as_markdown, as_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m backprop_studio.engine",
        description="Prints the table of operations: inputs, settings, formula, gradient and PyTorch's spelling.",
    )
    parser.add_argument("--markdown", action="store_true", help="as Markdown, for the documentation")
    given = parser.parse_args(arguments)
    try:
        sys.stdout.write(as_markdown() if given.markdown else as_text())
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has read enough
        sys.stdout = None
    return 0


if __name__ == "__main__":
    sys.exit(main())
