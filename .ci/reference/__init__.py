"""Builds the reference: ``python .ci/reference`` makes static pages of docstrings, schemas, errors and the parser."""
