"""`allow_nested_asyncio`: for those who ask for nest-asyncio; nothing in this package needs it."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from openprospect_nb.errors import ConfigurationError

BREAKS_FROM = 7


def allow_nested_asyncio() -> None:
    """Let ``asyncio.run`` be called inside a running loop, for other people's code, by patching asyncio.

    The blocking client works in a notebook without this.

    Raises:
        ConfigurationError: a kernel of ipykernel 7 or later runs here, where nested loops lose queued cells.

    Example:
        >>> op.allow_nested_asyncio()  # doctest: +SKIP
    """
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel_major() >= BREAKS_FROM and kernel is not None and kernel.IPKernelApp.initialized():
        raise ConfigurationError(
            f"nest-asyncio loses queued cells and widget messages on ipykernel {kernel_major()}.",
            next_step="Use the blocking client as it is, `await` op.AsyncClient in the cell, or ipykernel 6.",
        )
    import nest_asyncio

    nest_asyncio.apply()


def kernel_major() -> int:
    """Return the major version of the installed ipykernel, 0 if there is none."""
    try:
        return int(version("ipykernel").split(".", maxsplit=1)[0])
    except PackageNotFoundError:
        return 0
