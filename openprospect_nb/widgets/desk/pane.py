"""`DeskPane`: the one view of the desk: named regions of HTML go out, intents come back.

Everything shown is made by our templates in Python, where everything is decided too; the script (`front/`, plain ES
modules) puts regions in their places and tells what was pressed, typed or dragged. anywidget carries it to every front
end without a build: the modules are put behind each other, without their imports of each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import anywidget

FRONT: Final = Path(__file__).with_name("front")
MODULES: Final = ("regions", "table", "plots", "keys", "fields", "desk")
"""In the order in which they need each other."""
WHOLE: Final = "Desk"
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)

Intent = Mapping[str, Any]


def script() -> str:
    """Return the modules as one, of which the last alone exports something."""
    texts = [_IMPORT.sub("", (FRONT / f"{name}.js").read_text("utf-8")) for name in MODULES]
    inner = [re.sub(r"^export (?=function|class|const)", "", text, flags=re.MULTILINE) for text in texts]
    return "\n".join(inner)


def style() -> str:
    """Return the style sheet."""
    return (FRONT / "desk.css").read_text("utf-8")


class DeskPane(anywidget.AnyWidget):
    """Regions of HTML in a frame; only those that changed cross the wire.

    Args:
        on_intent: called with what a person wants: ``act``, mostly ``name`` and ``value``; and the bytes of a file.

    Attributes:
        regions: what each region shows; made by our templates alone.
    """

    _esm = script()
    _css = style()

    def __init__(self, on_intent: Callable[[Intent, Sequence[memoryview]], None]) -> None:
        super().__init__()
        self.regions: dict[str, str] = {}
        self.label = WHOLE
        self.on_msg(lambda _, content, buffers: on_intent(content, buffers))

    def show(
        self, regions: Mapping[str, str], *, step: str, label: str = WHOLE, follow: bool = False, focus: str = ""
    ) -> None:
        """Show *regions*; with *follow* the chosen row is brought into view, *focus* names what gets the focus.

        *label* is what the frame is called: `WHOLE`, or the one step it shows.
        """
        changed = {name: html for name, html in regions.items() if self.regions.get(name) != html}
        self.regions |= changed
        self.label = label
        if changed or follow or focus:
            self.send({"regions": changed, "step": step, "label": label, "follow": follow, "focus": focus})

    def show_again(self, step: str) -> None:
        """Show everything to a page that has just come."""
        self.send({"regions": self.regions, "step": step, "label": self.label, "follow": True})

    def give(self, file: Path) -> None:
        """Let the page download *file*."""
        self.send({"file": file.name}, [file.read_bytes()])
