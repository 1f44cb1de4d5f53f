"""The invented companies behind the sandbox; every value is a function of seed and company number."""

__all__ = ["MARKET_VERSION", "UNIVERSE_VERSION"]

# Raise it whenever a change moves any drawn value of the first twenty thousand companies, the panel: it names the cache
# file and guards the golden digest. Orders placed before the market existed hold companies of the panel.
UNIVERSE_VERSION = 2
# The same for the market, from which discovery delivers.
MARKET_VERSION = 3
