"""One OpenGL platform for windows and off-screen pictures, before anything imports OpenGL."""

import pytest

from viewer.render.gl import prefer_egl

prefer_egl()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep tests out of the user's cache, and out of each other's."""
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(tmp_path / "cache"))
