"""Arrays as plotly 6 and later write them: base64 of little-endian numbers instead of a list."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

# plotly's names of element types, short and long, and Python's code for each.
_SHORT: Final = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"}
_LONG: Final = {f"{'u' * (name[0] == 'u')}int{8 * int(name[1])}": code for name, code in _SHORT.items()}
_FRACTIONS: Final = {"f4": "f", "f8": "d", "float32": "f", "float64": "d"}
_CODES: Final = MappingProxyType(_SHORT | _LONG | _FRACTIONS | {"u1c": "B", "uint8c": "B"})


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
    code = _CODES.get(str(packed.get("dtype", "")).lstrip("<|="))
    if code is None:
        return dict(packed)
    try:
        numbers = array(code, b64decode(packed["bdata"], validate=True))
        if sys.byteorder == "big":
            numbers.byteswap()
        shape = packed.get("shape")
        parts = shape.split(",") if isinstance(shape, str) else shape if isinstance(shape, list | tuple) else [shape]
        return _shaped(numbers.tolist(), [int(part) for part in parts if part not in {None, ""}])
    except (ValueError, TypeError):
        return dict(packed)


def _shaped(numbers: list[Any], lengths: list[int]) -> list[Any]:
    """Return *numbers* as lists of lists, the last of *lengths* being that of the innermost ones."""
    for length in reversed(lengths[1:]):
        numbers = [numbers[start : start + length] for start in range(0, len(numbers), length)]
    return numbers
