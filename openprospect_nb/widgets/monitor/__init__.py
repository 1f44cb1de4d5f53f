"""The order monitor: all orders in one table that moves."""
