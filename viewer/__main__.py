"""``python -m viewer FILE`` is ``rawscope FILE``."""

from viewer.app import main

main()
