"""The tables of units and events."""
