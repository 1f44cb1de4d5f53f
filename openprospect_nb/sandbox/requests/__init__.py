"""What the sandbox takes: request bodies, read and checked field by field."""
