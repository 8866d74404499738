"""The signal view: traces, and what keys and mouse do on them."""
