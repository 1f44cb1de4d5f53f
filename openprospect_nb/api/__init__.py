"""Asynchronous resources, one noun a file; the only implementation of every verb."""
