"""Frames with declared schemas: what a server sends, decoded without loss, kept on disk, read back lazily."""

from openprospect_nb.frames.decode import Decoded, Decoder, Page, Table, read_page, table
from openprospect_nb.frames.results import Results

__all__ = ["Decoded", "Decoder", "Page", "Results", "Table", "read_page", "table"]
