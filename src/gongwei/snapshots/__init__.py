"""Records written out in columns: dated, immutable sets of Parquet files, complete or as increments of one another."""
