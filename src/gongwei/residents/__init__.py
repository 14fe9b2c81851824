"""Residents, households, identity documents, matching of duplicates (issue: records.md §1–§6, §11)."""
