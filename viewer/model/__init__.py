"""What is shown, as plain observable Python. Neither Qt nor OpenGL."""

from viewer.model.channels import ChannelInfo, Channels
from viewer.model.time_window import TimeWindow
from viewer.model.timeline import Segment, SignalRun, Timeline
from viewer.model.view import View

__all__ = ["ChannelInfo", "Channels", "Segment", "SignalRun", "TimeWindow", "Timeline", "View"]
