"""What may end a piece of work in the engine."""


class CancelledError(Exception):
    """What is being computed is no longer wanted."""
