"""See how orders stand, and wait until they end."""
