"""Files that are notebooks of any format, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.reports import render_notebook

CODE: dict[str, Any] = {
    "cell_type": "code",
    "source": ["print(1)"],
    "outputs": [],
    "execution_count": 1,
    "metadata": {},
}
OLD = {"cell_type": "code", "language": "python", "input": ["print(1)"], "outputs": [], "prompt_number": 1}
READ = {
    "format 3": {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [OLD]}]},
    "format 4.0": {"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": [CODE]},
    "format 4.5 without ids": {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [CODE]},
    "one id twice": {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [CODE | {"id": "a"}, CODE | {"id": "a"}],
    },
    "nothing but sources": {"nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_type": "code", "source": "print(1)"}]},
}
REFUSED = {
    "text": (b"hello", "it is not JSON, as a notebook is, line 1"),
    "nothing": (b"", "it is not JSON"),
    "cut off": (b'{"cells": [{"cell_type"', "it is not JSON"),
    "a merge gone wrong": (b'{\n<<<<<<< HEAD\n "cells": []}', "it is not JSON, as a notebook is, line 2"),
    "UTF-16": ('{"cells": []}'.encode("utf-16"), "its byte 0 is not UTF-8"),
    "Latin-1": ('{"cells": ["é"]}'.encode("latin-1"), "its byte 12 is not UTF-8"),
    "a list": (b"[1]", "it is JSON, but no notebook"),
    "another object": (b'{"a": 1}', "it is JSON, but no notebook"),
    "no cells": (b'{"nbformat": 4, "nbformat_minor": 5}', "it is JSON, but no notebook"),
    "strange cells": (b'{"nbformat": 4, "nbformat_minor": 5, "cells": [1]}', "it is JSON, but no notebook"),
    "unknown cells": (b'{"nbformat": 4, "cells": [{"cell_type": "odd"}]}', "it is JSON, but no notebook"),
    "a format to come": (b'{"nbformat": 9, "cells": []}', "it is JSON, but no notebook"),
}


@pytest.mark.parametrize("kind", READ)
def test_any_format_is_read(kind: str, tmp_path: Path) -> None:
    """Old formats, missing and repeated ids and missing parts make no difference, and no warning."""
    (tmp_path / "nb.ipynb").write_text(json.dumps(READ[kind]))
    page = render_notebook(tmp_path / "nb.ipynb", tmp_path / "nb.html", execute=False).read_text("utf-8")

    assert "print" in page


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    """An editor of Windows may have put it there."""
    text = json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": []})
    (tmp_path / "nb.ipynb").write_bytes(text.encode("utf-8-sig"))

    assert "<main" in render_notebook(tmp_path / "nb.ipynb", tmp_path / "nb.html").read_text("utf-8")


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_notebook_is_said_in_a_line(kind: str, tmp_path: Path) -> None:
    """The line names the file and what is wrong with it."""
    content, reason = REFUSED[kind]
    (tmp_path / "nb.ipynb").write_bytes(content)
    with pytest.raises(ConfigurationError, match=reason) as refused:
        render_notebook(tmp_path / "nb.ipynb", tmp_path / "nb.html")

    assert "\n" not in str(refused.value)
    assert str(tmp_path / "nb.ipynb") in str(refused.value)


def test_a_folder_and_a_missing_file_are_said(tmp_path: Path) -> None:
    """Neither is a traceback."""
    for path in (tmp_path, tmp_path / "nowhere.ipynb"):
        with pytest.raises(ConfigurationError, match=r"cannot be read as a notebook: (?:Is a directory|No such file)"):
            render_notebook(path, tmp_path / "nb.html")
