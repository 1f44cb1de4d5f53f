"""What each endpoint does: parse the call, ask the records or the engine, respond. One noun a module."""
