"""Due contacts and worklists: what is expected of whom and when, made and closed by rule."""
