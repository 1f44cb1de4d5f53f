"""Arrays as plotly 6 and later write them: base64 of little-endian numbers instead of a list."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import numpy as np


def decoded(value: Any) -> Any:
    """Return *value*, JSON of a figure, with every packed array as the list of its exact numbers.

    An array of more dimensions (``shape``, such as "2, 3") becomes lists of lists. What has the keys of a packed array
    and cannot be read as one stays as it is.
    """
    if isinstance(value, Mapping):
        return _unpacked(value) if "bdata" in value else {key: decoded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [decoded(part) for part in value]
    return value


def _unpacked(packed: Mapping[str, Any]) -> Any:
    try:
        # plotly's names are numpy's, but for the clamped bytes of JavaScript: "u1c".
        kind = np.dtype(str(packed.get("dtype", "")).removesuffix("c")).newbyteorder("<")
        if kind.kind not in "iuf":
            return dict(packed)
        numbers = np.frombuffer(b64decode(packed["bdata"], validate=True), kind)
        shape = packed.get("shape")
        parts = shape.split(",") if isinstance(shape, str) else shape if isinstance(shape, list | tuple) else [shape]
        lengths = [int(part) for part in parts if part not in {None, ""}]
        return numbers.reshape(lengths or -1).tolist()
    except (ValueError, TypeError):
        return dict(packed)
