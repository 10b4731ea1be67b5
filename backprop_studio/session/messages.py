"""What the session tells the person at the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for a person. ``severity`` is "info", "warning" or "error"."""

    text: str
    severity: Severity = "info"
