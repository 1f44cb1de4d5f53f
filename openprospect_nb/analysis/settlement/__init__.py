"""What was paid for: each order's money, company by company, and what can be claimed of it."""
