"""Orders side by side: comparison, funnel and what other weights and thresholds would leave."""
