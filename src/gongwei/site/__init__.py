"""The roof: settings, addresses and commands put the storeys together."""
