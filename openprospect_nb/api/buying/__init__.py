"""From what a user asks for to an order at the vendor, bought once."""
