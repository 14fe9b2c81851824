"""What the follow-ups of chronic diseases share (高血压、2型糖尿病、慢阻肺病): said once, taken up line by line by each programme.

A vocabulary, not a skeleton: each programme still lists its own items, rows, checks and measures in its own order.
"""
