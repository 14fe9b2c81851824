"""The national services, each a folder of definitions; the core finds them through the catalogue."""
