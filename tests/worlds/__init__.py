"""Worlds with a known truth, apart from the sandbox's, that put promises to the test: ``python -m tests.worlds``."""
