"""Frames with declared schemas: what a server sends, decoded without loss, kept on disk, read back lazily."""

from openprospect_nb.frames.decode import Decoded, DecodedList, Decoder, table
from openprospect_nb.frames.pages import Page, read_page
from openprospect_nb.frames.results import Results

__all__ = ["Decoded", "DecodedList", "Decoder", "Page", "Results", "read_page", "table"]

# The name before it had one that says more.
Table = DecodedList
