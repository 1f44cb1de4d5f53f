"""The blacklist manager: lists of companies to leave out."""
