"""Which renderer is asked for, and what auto makes of drivers."""

from dataclasses import replace

import pytest

from rawio import OptionError
from viewer.render import headless
from viewer.render.choice import (
    chosen_renderer,
    drawn_by_cpu,
    offscreen_renderer,
    said_renderer,
    why_software,
)
from viewer.render.driver import Driver
from viewer.settings import Settings

GPUS = [
    "NVIDIA GeForce RTX 3060/PCIe/SSE2",
    "NVIDIA H200/PCIe/SSE2",
    "Quadro P2000/PCIe/SSE2",
    "NV168",  # nouveau
    "AMD Radeon RX 7900 XT (radeonsi, navi31, LLVM 19.1.0, DRM 3.59, 6.11.7-300.fc41.x86_64)",
    "AMD Radeon Graphics (renoir, LLVM 15.0.7, DRM 3.52, 6.3.5-zen1-1-zen)",
    "AMD Radeon R9 M370X OpenGL Engine",  # macOS
    "Radeon RX 580 Series",
    "Mesa Intel(R) Xe Graphics (TGL GT2)",
    "Mesa DRI Intel(R) HD Graphics 530 (Skylake GT2)",
    "Intel(R) UHD Graphics 620",
    "Intel Iris OpenGL Engine",
    "Apple M1",
    "Apple Paravirtual device",
    "D3D12 (NVIDIA GeForce RTX 3080)",  # WSL
    "D3D12 (Intel(R) UHD Graphics 620)",
    "SVGA3D; build: RELEASE;  LLVM;",  # VMware
    "virgl",
    "virgl (ANGLE Metal Renderer: Apple M4)",
    "virgl (Mali-G925-Immortalis MC12)",
    "zink Vulkan 1.4(Apple M3 Pro (G15S B1) (MESA_HONEYKRISP))",
    "zink Vulkan 1.4 (Adreno (TM) 830 (MESA_TURNIP))",
    "ANGLE (Intel, Intel(R) UHD Graphics 620 Direct3D11 vs_5_0 ps_5_0, D3D11)",
    "ANGLE (NVIDIA Corporation, Tesla T4/PCIe/SSE2, OpenGL ES 3.2)",
    "Parallels using AMD Radeon Pro 5500M OpenGL Engine",
    "V3D 4.2",
    "Mali-G78",
]

CPUS = [
    "llvmpipe (LLVM 15.0.6, 256 bits)",
    "LLVMPIPE (LLVM 19.1.1, 128 bits)",
    "Gallium 0.4 on llvmpipe (LLVM 3.4, 256 bits)",
    "softpipe",
    "kms_swrast",
    "Software Rasterizer",
    "SWR (LLVM 8.0, 256 bits)",
    "Mesa X11",
    "Mesa OffScreen",
    "Apple Software Renderer",
    "GDI Generic",
    "Microsoft Basic Render Driver",
    "D3D12 (Microsoft Basic Render Driver)",
    "ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11-10.0.19041.5)",
    "Google SwiftShader",
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
    "virgl (LLVMPIPE (LLVM 21.1.8, 128 bits))",  # a GPU's in the guest, none in the host
    "zink Vulkan 1.3(llvmpipe (LLVM 15.0.7, 256 bits) (MESA_LLVMPIPE))",
]

GPU = Driver(
    "NVIDIA Corporation",
    "NVIDIA GeForce RTX 3060/PCIe/SSE2",
    "4.6.0 NVIDIA 535.183.01",
    "4.60 NVIDIA",
    max_texture_size=32768,
    vertex_textures=32,
    texture_units=32,
    max_renderbuffer_size=32768,
)


@pytest.mark.parametrize("name", GPUS)
def test_names_of_gpus(name):
    assert not drawn_by_cpu(name)
    assert why_software(replace(GPU, renderer=name), {}) is None


@pytest.mark.parametrize("name", CPUS)
def test_names_of_drivers_that_draw_by_the_cpu(name):
    assert drawn_by_cpu(name)
    why = why_software(replace(GPU, renderer=name), {})
    assert why.startswith("The software renderer draws: ") and why.endswith(f"({name}).")


@pytest.mark.parametrize(
    ("driver", "environ", "said"),
    [
        (None, {}, "no OpenGL"),
        (GPU, {"LIBGL_ALWAYS_SOFTWARE": "1"}, "LIBGL_ALWAYS_SOFTWARE"),
        (GPU, {"LIBGL_ALWAYS_SOFTWARE": "true"}, "LIBGL_ALWAYS_SOFTWARE"),
        (GPU, {"LIBGL_ALWAYS_SOFTWARE": "0"}, None),
        (GPU, {"LIBGL_ALWAYS_SOFTWARE": ""}, None),
        (replace(GPU, indirect=True), {}, "slow connection"),
        (replace(GPU, renderer="Mesa GLX Indirect", version="1.4 (2.1 Mesa 7.0.1)"), {}, "slow"),
        # What ssh -X reports of a card that can do more.
        (replace(GPU, version="1.4 (4.6.0 NVIDIA 388.13)"), {}, "OpenGL 1.4 (4.6.0 NVIDIA"),
        (replace(GPU, version="2.0 Mesa 7.0"), {}, "too old"),
        (replace(GPU, version="2.1 Metal - 88.1"), {}, None),  # macOS
        (replace(GPU, version="10.0"), {}, None),
        (replace(GPU, version="OpenGL ES 3.2 Mesa 22.3.6"), {}, "OpenGL ES 3.2"),
        (replace(GPU, version="", renderer=""), {}, "without a name"),
        (replace(GPU, vertex_textures=0), {}, "vertex shader"),
        (replace(GPU, renderer="evil\nname", version="1.0"), {}, "evil\\nname"),
    ],
)
def test_auto_takes_opengl_only_where_it_is_worth_it(driver, environ, said):
    why = why_software(driver, environ)
    if said is None:
        assert why is None
    else:
        assert said in why and why.endswith(".") and "\n" not in why


@pytest.mark.parametrize(
    ("given", "variable", "setting", "chosen"),
    [
        (None, None, None, None),
        (None, None, "gpu", "gpu"),
        (None, "software", "gpu", "software"),
        (None, "auto", "gpu", "auto"),
        (None, "", "gpu", "gpu"),
        ("gpu", "software", "auto", "gpu"),
        ("auto", "software", "software", "auto"),
        ("gpu", "nonsense", None, "gpu"),
    ],
)
def test_the_argument_comes_before_the_variable_before_the_setting(
    monkeypatch, given, variable, setting, chosen
):
    if variable is not None:
        monkeypatch.setenv("RAWSCOPE_RENDERER", variable)
    assert said_renderer(given, Settings(renderer=setting)) == chosen
    assert chosen_renderer(given, Settings(renderer=setting)) == (chosen or "auto")


def test_the_users_settings_are_read_where_none_are_handed_in(settings_folder, caplog):
    (settings_folder / "settings.toml").write_text('renderer = "software"\nthem = "dark"\n')
    assert chosen_renderer() == "software"
    assert "no setting 'them'" in caplog.text


def test_an_unknown_renderer_is_refused_with_where_it_was_said(monkeypatch):
    with pytest.raises(OptionError, match="renderer 'fast' is not one of auto, software, gpu"):
        chosen_renderer("fast")
    monkeypatch.setenv("RAWSCOPE_RENDERER", "GPU")
    with pytest.raises(OptionError, match="variable RAWSCOPE_RENDERER is 'GPU', not one of auto"):
        chosen_renderer()


@pytest.fixture(params=["gpu", "cpu", "none"])
def offscreen(request, monkeypatch):
    """Pretend that OpenGL off screen is a GPU's, the CPU's or not there; return which."""

    def context():
        if request.param == "none":
            raise headless.GpuUnavailableError("no off-screen OpenGL here.")
        return None, None

    name = "llvmpipe (LLVM 15.0.6, 256 bits)" if request.param == "cpu" else GPU.renderer
    monkeypatch.delenv("LIBGL_ALWAYS_SOFTWARE", raising=False)
    monkeypatch.setattr(headless, "context", context)
    monkeypatch.setattr("viewer.render.choice.current_driver", lambda: replace(GPU, renderer=name))
    return request.param


@pytest.mark.parametrize(
    ("given", "setting", "by_driver"),
    [
        (None, None, {"gpu": "software", "cpu": "software", "none": "software"}),
        (None, "software", {"gpu": "software", "cpu": "software", "none": "software"}),
        (None, "auto", {"gpu": "gpu", "cpu": "software", "none": "software"}),
        ("auto", None, {"gpu": "gpu", "cpu": "software", "none": "software"}),
        (None, "gpu", {"gpu": "gpu", "cpu": "gpu", "none": "software"}),
        ("gpu", None, {"gpu": "gpu", "cpu": "gpu", "none": "gpu"}),
        ("software", "gpu", {"gpu": "software", "cpu": "software", "none": "software"}),
    ],
)
def test_who_draws_pictures_without_a_window(offscreen, given, setting, by_driver):
    drawer, said = offscreen_renderer(given, Settings(renderer=setting))
    assert drawer == by_driver[offscreen]
    preferred_in_vain = setting == "gpu" and given is None and offscreen == "none"
    assert (said is not None) == preferred_in_vain
    if preferred_in_vain:
        assert "no off-screen OpenGL" in said


@pytest.mark.gl
def test_auto_off_screen_asks_the_driver_at_hand():
    from viewer.render.driver import current_driver

    canvas, _ = headless.context()
    canvas.set_current()
    expected = "gpu" if why_software(current_driver()) is None else "software"
    assert offscreen_renderer("auto") == (expected, None)
