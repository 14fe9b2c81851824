"""Episodes, encounters and responses; one typed table per form. Records are added, never overwritten."""
