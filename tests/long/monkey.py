"""A million random events on the real window, over three seeds. Run ``python tests/long/monkey.py [EVENTS [SEED …]]``.

Exit status 1 where an exception, a warning of Qt's or a history that does not lead back came up; says which.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

EVENTS, SEEDS = 1_000_000, (1, 2, 3)


def main() -> int:
    """Let the monkey play."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from tests.ui.monkey import ROUND, Monkey
    from tests.ui.window_support import Opened

    numbers = [int(argument) for argument in sys.argv[1:]]
    events, seeds = (numbers[0] if numbers else EVENTS), (numbers[1:] or list(SEEDS))
    problems: list[str] = []

    def caught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        problems.append("".join(traceback.format_exception(kind, error, trace)))

    def told(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and "This plugin does not support" not in text:
            problems.append(f"Qt says: {text}")

    application = QApplication([])
    sys.excepthook = caught
    qInstallMessageHandler(told)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            opened = Opened(Path(folder) / "settings.ini")
            opened.window.resize(1366, 768)
            opened.window.show()
            monkey = Monkey(opened, seed)
            while monkey.events < events // len(seeds) and not problems:
                at = monkey.events
                try:
                    monkey.run(ROUND)
                except Exception:
                    problems.append(f"After {at} events: {traceback.format_exc()}")
            opened.window.may_close = lambda: True
            opened.window.close()
            opened.session.shutdown()
            print(f"seed {seed}: {monkey.events} events, {len(problems)} problems", flush=True)
        if problems:
            break
    del application
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
