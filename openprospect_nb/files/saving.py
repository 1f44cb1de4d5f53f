"""Write a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from openprospect_nb.errors import ConfigurationError


def save_whole(path: str | os.PathLike[str], what: str, write: Callable[[Path], object]) -> Path:
    """Have *write* fill a file beside *path* and rename it there: a reader sees the old or the new, never half.

    The file is readable by its owner alone (0600), because it may hold personal data.

    Raises:
        ConfigurationError: the file cannot be written; names *what* and the path.
    """
    target = Path(path).expanduser()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part")
        os.close(handle)
        try:
            write(Path(name))
            Path(name).chmod(0o600)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise ConfigurationError(
            f"{what} cannot be written to {target}: {problem.strerror or problem}.",
            next_step="Choose a folder that exists and that you may write to.",
        ) from problem
    return target
