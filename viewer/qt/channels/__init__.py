"""The table of channels."""
