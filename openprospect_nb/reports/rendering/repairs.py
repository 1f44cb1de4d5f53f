"""nbclient with what stops ordinary notebooks mended; imported when one is run."""

from __future__ import annotations

import asyncio
import atexit
from typing import Any

from nbclient import NotebookClient
from nbclient.output_widget import OutputWidget


class RepairedOutput(OutputWidget):
    """An Output widget whose news to the kernel do not make nbclient miss the kernel's answer.

    They are sent past asyncio, which may thereby never notice what arrived meanwhile (zmq tells it once); nbclient then
    waits for ever. Asking the socket again makes it look.
    """

    def sync_state(self) -> None:
        """Tell the kernel what was caught."""
        super().sync_state()
        self.looking = asyncio.ensure_future(self.kernel_client.shell_channel.socket.poll(1))


class RepairedClient(NotebookClient):
    """Runs notebooks whose Output widgets do not block and whose Altair charts are kept."""

    def __init__(self, notebook: Any, **settings: Any) -> None:
        super().__init__(notebook, **settings)
        self.widget_registry = {"@jupyter-widgets/output": {"OutputModel": RepairedOutput}}

    @property
    def was_interrupted(self) -> bool:
        """Whether a signal asked to end; nbclient then ends the kernel and reports whatever that leads to."""
        return hasattr(self, "_async_cleanup_kernel_future")

    def close(self) -> None:
        """Leave nothing to be done when the interpreter ends; a kernel that did not start would raise there."""
        atexit.unregister(self._cleanup_kernel)

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Keep what Altair calls its charts (….v6.json): nbformat knows JSON by a + before it, and would raise."""
        data = msg["content"].get("data")
        if isinstance(data, dict):
            for kind in [kind for kind in data if kind.startswith("application/vnd.") and kind.endswith(".json")]:
                data[f"{kind.removesuffix('.json')}+json"] = data.pop(kind)
        return super().process_message(msg, cell, cell_index)
