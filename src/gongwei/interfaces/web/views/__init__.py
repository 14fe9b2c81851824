"""Views: fetch through queries, write through one operation, hold no rules."""
