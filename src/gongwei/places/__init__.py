"""Areas, organizations, practitioners, duties, and who may act where."""
