"""Run a notebook and export it as one HTML file that shows without a network."""

from openprospect_nb.reports.rendering.rendering import render_notebook

__all__ = ["render_notebook"]
