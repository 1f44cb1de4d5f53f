"""The results explorer: look at what was delivered, narrow it, decide, and take the selection away."""
