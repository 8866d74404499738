"""The strip of the whole recording."""
