"""A county's old data brought in as one act: received, told, checked, approved by a second person, written, undone."""
