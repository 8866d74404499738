"""The desktop window around a signal view."""
