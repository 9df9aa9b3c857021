"""
What goes wrong, done to real processes and judged from outside.

``make faults`` does the same for longer, and writes what came of it to docs/reliability.md.
"""
