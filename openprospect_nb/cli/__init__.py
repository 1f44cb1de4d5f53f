"""`openprospect-nb`: thin verbs over the client, the report and the sandbox."""

from openprospect_nb.cli.parser import build_parser
from openprospect_nb.cli.running import main

__all__ = ["build_parser", "main"]
