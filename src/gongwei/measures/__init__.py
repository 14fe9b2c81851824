"""What is measured: frozen runs over snapshots with their reports and persons, live figures, targets, populations."""
