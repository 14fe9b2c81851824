"""Tables of evaluation; each subject in a module of its own, brought together here."""
