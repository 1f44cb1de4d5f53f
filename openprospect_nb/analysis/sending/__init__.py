"""Sending a list in steps: how much a day, when to stop, and what is known meanwhile."""
