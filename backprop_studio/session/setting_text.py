"""Settings as people type them."""

from __future__ import annotations

from typing import Any

from backprop_studio.document.value_text import ValueTextError, parse_value
from backprop_studio.engine.op import Setting

_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def parse_setting(setting: Setting, text: str) -> Any:
    """What ``text`` says for ``setting``; where it says nothing, the text itself, which the setting will refuse."""
    text = text.strip()
    if setting.kind in ("bool", "mode"):
        return None if setting.kind == "mode" and text.lower() in ("", "none") else _TRUTH.get(text.lower(), text)
    if setting.kind == "choice" or text.strip("'\"") in setting.choices:
        return text.strip("'\"")
    if setting.kind in ("axis", "shape"):
        if text.lower() in ("", "none", "all"):
            return None
        if text in ("()", "[]"):
            return ()
        text = text.replace("×", ",")
        text = f"({text})" if "," in text and text[0] not in "([" else text
    try:
        array = parse_value(text).array
    except ValueTextError:
        return text
    if array.ndim == 0:
        return array.item()
    return tuple(array.tolist()) if array.ndim == 1 and setting.kind in ("axis", "shape") else text
