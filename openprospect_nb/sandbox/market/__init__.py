"""Where delivered companies come from: reading an ICP, matching the universe, enrichment and the truth behind it."""
