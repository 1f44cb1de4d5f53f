"""Vendor text made safe to show, and the two languages."""

from __future__ import annotations

import json
import shutil
import string
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import openprospect_nb
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.markup import clean, web_link, wording
from openprospect_nb.markup.drawing import Box, Drawing, Scale, Span, even_ticks
from openprospect_nb.markup.wording import languages


@given(st.text(max_size=400), st.integers(1, 50))
def test_cleaned_text_is_one_short_visible_line(text: str, limit: int) -> None:
    """Whatever comes in, what comes out has no control or direction-changing character and keeps the limit."""
    shown = clean(text, limit)

    assert len(shown) <= limit
    assert shown.split() == shown.split(" ") or not shown
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200d\ufeff\u0000\n\r\t")


def test_stacked_marks_cannot_cover_other_lines() -> None:
    """Of many combining marks in a row two are kept."""
    assert clean("a" + "\u0301" * 50) == "a\u0301\u0301"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " https://a.example",
        "data:text/html,x",
        "vbscript:x",
        "//a.example",
        "a.example",
        "https://",
        "https://user:secret@a.example/",
        "http://[::1",
        "https://a.example/" + "x" * 3000,
        "",
        None,
    ],
)
def test_only_plain_web_links_become_links(address: str | None) -> None:
    """Anything but http(s) to a named host, without credentials, is no link."""
    assert web_link(address) is None


def test_a_web_link_stays_as_it_is() -> None:
    """Both http and https pass unchanged."""
    assert web_link("https://a.example/x?y=1") == "https://a.example/x?y=1"


def test_all_languages_say_the_same_things() -> None:
    """The phrase files have the same keys and the same placeholders."""
    texts = {
        code: json.loads(files("openprospect_nb.markup").joinpath("phrases", f"{code}.json").read_text("utf-8"))
        for code in languages()
    }
    # How numbers and dates are written is each language's own.
    texts = {code: {k: v for k, v in said.items() if not k.startswith("format.")} for code, said in texts.items()}

    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english = {key: holes(text) for key, text in texts["en"].items()}
    for said in texts.values():
        assert {key: holes(text) for key, text in said.items()} == english


def test_numbers_shares_and_dates_follow_the_language() -> None:
    """German swaps the marks, spaces the percent sign and writes the day first."""
    german, english = wording("de-AT"), wording(None)

    assert (german.number(1234.5, 1), english.number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert (german.share(0.255, 1), english.share(0.255, 1)) == ("25,5\u00a0%", "25.5%")
    assert (german.date("2026-05-04T08:00:00Z"), english.date("2026-05-04T08:00:00Z")) == ("04.05.2026", "4 May 2026")
    assert english.date("yesterday") == english.number(None) == "–"


def test_another_language_is_refused() -> None:
    """The error names the two there are."""
    with pytest.raises(ConfigurationError, match="'en' or 'de'"):
        wording("fr")


def test_templates_escape_every_value() -> None:
    """A value with markup is shown, not read."""
    scale = Scale(Span(0, 1, (), (), ""), 0, 1)
    drawing = Drawing(Box(0, 1, 0, 1), scale, scale)

    assert 'aria-label="&lt;b&gt;&#34;"' in drawing.svg(1, 1, '<b>"')


@pytest.mark.parametrize(
    ("high", "whole", "ticks"),
    [
        (21, True, [0, 5, 10, 15, 20]),
        (1, False, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (3, True, [0, 1, 2, 3]),
        (100, False, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_stand_at_readable_steps(high, whole, ticks):
    """Every picture of the package has its ticks from this one rule."""
    assert even_ticks(0, high, whole=whole) == pytest.approx(ticks)


def test_a_third_language_is_one_file_more(tmp_path: Path) -> None:
    """A file of phrases beside the others is a language: reports, charts, numbers and dates speak it."""
    package = tmp_path / "openprospect_nb"
    shutil.copytree(openprospect_nb.__path__[0], package, ignore=shutil.ignore_patterns("__pycache__", "data"))
    phrases = package / "markup" / "phrases"
    words = json.loads((phrases / "en.json").read_text("utf-8"))
    other = {**words, "format.separators": ",'", "decide.nothing": "Nikt.", "section.method": "Jak"}
    (phrases / "xx.json").write_text(json.dumps(other), "utf-8")
    code = """
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.wording import languages, wording
from openprospect_nb.reports.document import report
page = report(Results(), lite=True, language="xx-YY").to_html()
assert languages() == ("en", "de", "xx")
assert wording("xx").number(1234.5, 1) == "1'234,5"
assert 'lang="xx"' in page and "Nikt." in page and "Jak</h2>" in page
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
