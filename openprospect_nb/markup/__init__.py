"""How values become text: autoescaped templates, cleaned vendor strings, English and German wording."""

from openprospect_nb.markup.render import render, trusted
from openprospect_nb.markup.text import clean, web_link
from openprospect_nb.markup.wording import Wording, wording

__all__ = ["Wording", "clean", "render", "trusted", "web_link", "wording"]
