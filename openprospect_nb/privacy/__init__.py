"""What names a person or a company, in one canonical form; who asked to be forgotten; who got whose data."""
