"""Recordings from other libraries behind our API, and ours behind theirs.

Nothing here is imported before it is asked for: the reading layer itself needs NumPy alone.
"""
