"""Ways to run a definition: row by row (the reference), on the phone, in columns."""
