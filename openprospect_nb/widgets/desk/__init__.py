"""The desk: from an ideal customer to a list one can mail, five steps in one frame over one state."""
