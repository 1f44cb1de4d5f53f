"""What each endpoint does: parse the call, ask the records or the engine, answer. One noun a module."""
