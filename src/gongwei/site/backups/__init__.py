"""Backup and restore of a whole installation: base backups, the streamed log, what lies beside the database.

See docs/decisions/0022. Keys are never part of a backup.
"""
