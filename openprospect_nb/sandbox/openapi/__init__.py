"""The sandbox's OpenAPI 3.1 document, built from the same table as its routes."""

from openprospect_nb.sandbox.openapi.document import openapi_document

__all__ = ["openapi_document"]
