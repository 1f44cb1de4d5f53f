"""Whom to write to at a company: mailboxes, seniority, tiers, recipients and the best contact."""
