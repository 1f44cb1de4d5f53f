"""The invented companies behind the sandbox; every value is a function of seed and company number."""

__all__ = ["UNIVERSE_VERSION"]

# Raise it whenever a change moves any drawn value: it names the cache file and guards the golden digest.
UNIVERSE_VERSION = 2
