"""Parts that several tests share; nothing here knows the package's insides."""
