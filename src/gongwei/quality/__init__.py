"""Findings: what looks wrong in the records, who looks into it, and what a person decided."""
