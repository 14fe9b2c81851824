"""A second way to the same answers: plain Python over the package's files, from the reference alone. Imports nothing of gongwei."""
