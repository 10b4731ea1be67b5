"""The settings of training in the file format; what is as in a new document is left out."""

from __future__ import annotations

from math import inf
from typing import Any, Literal

import msgspec

from backprop_studio.document.file_parts import Refuse
from backprop_studio.document.training_settings import TrainingSettings, first_setup

FIELD = "training_settings"
FASTEST = "max"
"""What stands for a pace as fast as it goes: JSON has no infinity."""
_MOST = 2**53
"""The largest integer that every reader of JSON keeps exactly."""


class TrainingRecord(msgspec.Struct, forbid_unknown_fields=True):
    """How a document is trained, as decoded."""

    optimizer: str = "sgd"
    settings: dict[str, float] = {}
    batch: int | None = None
    steps: int | None = None
    seed: int = 0
    pace: float | Literal["max"] | None = None
    dtype: Literal["float64", "float32"] = "float64"


def training_field(settings: TrainingSettings | None) -> dict[str, dict[str, Any]]:
    """The field of the settings of training; none where all are those of a new document."""
    if settings is None:
        return {}
    new, first = TrainingSettings(), first_setup(settings.setup.name).values
    fields: dict[str, Any] = {}
    if settings.setup.name != new.setup.name:
        fields["optimizer"] = settings.setup.name
    changed = {key: value for key, value in sorted(settings.setup.values.items()) if value != first[key]}
    if changed:
        fields["settings"] = changed
    for key in ("batch", "steps", "seed", "pace", "dtype"):
        value = getattr(settings, key)
        if value != getattr(new, key):
            fields[key] = FASTEST if value == inf else value
    return {FIELD: fields} if fields else {}


def read_training(record: TrainingRecord | None, place: str, refuse: Refuse) -> TrainingSettings | None:
    """The settings of training, None where they are those of a new document."""
    if record is None:
        return None
    try:
        chosen = first_setup(record.optimizer)
    except ValueError as error:
        refuse(f"{place}.optimizer", str(error).rstrip("."))
    try:
        chosen = chosen.having(**record.settings)
    except ValueError as error:
        refuse(f"{place}.settings", str(error).rstrip("."))
    for key, least in (("batch", 1), ("steps", 1), ("seed", 0)):
        value = getattr(record, key)
        if value is not None and not least <= value <= _MOST:
            refuse(f"{place}.{key}", f"this is a whole number from {least} to {_MOST}, not {value}")
    pace = inf if isinstance(record.pace, str) else record.pace
    if pace is not None and not pace > 0.0:
        refuse(f"{place}.pace", f'a pace is a number of steps a second above 0, or "{FASTEST}", not {pace:g}')
    settings = TrainingSettings(chosen, record.batch, record.steps, record.seed, pace, record.dtype)
    return settings if settings != TrainingSettings() else None
