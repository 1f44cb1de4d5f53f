"""What the name of a company says: its words, its legal form, and which of its words many companies share."""
