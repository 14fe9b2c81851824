"""What the worker does for tasks by itself: follow the change feed, and turn the day over."""
