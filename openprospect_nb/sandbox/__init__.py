"""The embedded OpenProspect server with invented companies: what newcomers meet and every test runs on."""

from openprospect_nb.sandbox.embedded import Sandbox

__all__ = ["Sandbox"]
