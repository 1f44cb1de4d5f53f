"""The deterministic simulator: one seed, one world, one story; README.md beside this file says how to use it."""
