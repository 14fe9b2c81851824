"""Tables of settlement; each subject in a module of its own, brought together here."""
