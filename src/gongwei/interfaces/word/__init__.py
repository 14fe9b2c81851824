"""Word documents for those who report to a leader."""
