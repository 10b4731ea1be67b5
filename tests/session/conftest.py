"""A session for each test, ended after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from backprop_studio.session.editor_session import EditorSession
from backprop_studio.session.messages import Message


class Recorder:
    """What a session has told."""

    def __init__(self, session: EditorSession) -> None:
        self.messages: list[Message] = []
        self.changes: list[object] = []
        self.evaluations: list[object] = []
        session.message.connect(self.messages.append)
        session.graph_changed.connect(self._changed)
        session.evaluated.connect(self.evaluations.append)

    def _changed(self, graph: object, change: object) -> None:
        self.changes.append((graph, change))

    @property
    def errors(self) -> list[str]:
        return [message.text for message in self.messages if message.severity == "error"]


@pytest.fixture
def session(qapp: QApplication) -> Iterator[EditorSession]:
    session = EditorSession()
    yield session
    session.shutdown()


@pytest.fixture
def told(session: EditorSession) -> Recorder:
    return Recorder(session)
