"""Fetch what an order delivered: pages, decoded while others are on their way, then kept."""
