"""``rawscope doctor``: what this machine draws with, whether it draws right, and how fast.

Whatever touches a driver runs in a process of its own (``python -m viewer.doctor PLACE``), so that
a driver that crashes or hangs is a finding and not the end.
"""
