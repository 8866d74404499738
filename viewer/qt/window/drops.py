"""What is dropped on the window."""

from PyQt6.QtCore import QUrl
from PyQt6.QtGui import QDropEvent

VIEW_ENDS = ".json"


def dropped(event: QDropEvent) -> str | None:
    """Return the first local file or folder of what is dragged, or None."""
    data = event.mimeData()
    urls: list[QUrl] = data.urls() if data is not None and data.hasUrls() else []
    return next((url.toLocalFile() for url in urls if url.isLocalFile()), None)


def is_view(path: str) -> bool:
    """Return whether a path looks like that of a view in a file."""
    return path.lower().endswith(VIEW_ENDS)
