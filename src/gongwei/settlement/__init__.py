"""What services earn: counting, allocation, statements, budgets and the ledger, exact to the fen."""
