"""The one way to find a file of ``resources/``, in an installed package and in a source tree alike."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).resolve().parent
_FOLDERS = (_PACKAGE / "resources", _PACKAGE.parent / "resources")
"""A wheel carries the folder inside the package; an editable install leaves it beside the package."""


class ResourceError(Exception):
    """A file of ``resources/`` that is not there; ``str(error)`` is one sentence."""


def resource(name: str) -> Path:
    """Path of a file or folder of ``resources/``, by its name with slashes, such as "icons/play.svg".

    Raises ResourceError where it is missing or where ``name`` leads out of the folder.
    """
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or "\0" in name:
        raise ResourceError(f"{name!r} is no resource; give a path inside resources/, such as icons/play.svg.")
    for folder in _FOLDERS:
        path = folder / parts
        if path.exists():
            return path
    looked = " and ".join(str(folder) for folder in _FOLDERS)
    raise ResourceError(f"The resource {name} is missing (looked in {looked}). Install Backprop Studio again.")


def resource_text(name: str) -> str:
    """The UTF-8 text of a file of ``resources/``. Raises ResourceError where it is missing or unreadable."""
    path = resource(name)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResourceError(f"The resource {name} cannot be read: {error}. Install Backprop Studio again.") from error
