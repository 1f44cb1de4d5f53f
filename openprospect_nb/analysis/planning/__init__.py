"""The next order: what ICPs yielded so far, how much of their markets is spent, and where the next money goes."""
