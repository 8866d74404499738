"""What follows from the findings on made-up machines."""

import pytest

from tests.viewer.doctor.reports import WHY_CPU, WHY_NONE, machine
from viewer.doctor.advice import advise

SET = 'set RAWSCOPE_RENDERER=software, or write renderer = "software" into /home/me/settings.toml'


def told(report):
    return " ".join(advise(report)["hints"])


@pytest.mark.parametrize(
    ("kind", "picks", "why"),
    [
        ("gpu", "gpu", "The gpu renderer draws: NVIDIA GeForce RTX 3060/PCIe/SSE2."),
        ("cpu", "software", WHY_CPU),
        ("none", "software", WHY_NONE),
    ],
)
def test_what_auto_picks_and_why(kind, picks, why):
    advice = advise(machine(kind))
    assert (advice["auto"], advice["renderer"], advice["why"]) == (picks, picks, why)
    assert advice["usable"]


@pytest.mark.parametrize("kind", ["gpu", "cpu"])
def test_where_all_is_well_there_is_nothing_to_do(kind):
    assert advise(machine(kind))["hints"] == []


def test_without_a_display_it_is_the_driver_off_screen_that_counts():
    report = machine("gpu")
    report["window"] = None
    advice = advise(report)
    assert advice["auto"] == "gpu"
    assert "rawscope snapshot" in " ".join(advice["hints"])
    report["offscreen"] = machine("cpu")["offscreen"]
    assert advise(report)["auto"] == "software"


def test_the_driver_of_windows_counts_before_that_off_screen():
    report = machine("gpu")
    report["window"] = machine("cpu")["window"]
    assert advise(report)["auto"] == "software"


def spoil(place, what):
    if what == "crash":
        place["trouble"] = "crashed (SIGSEGV) while comparing pictures."
        del place["results"]["agreement"], place["results"]["speed"]
    elif what == "failure":
        place["failures"]["decode"] = "out of memory."
        del place["results"]["decode"]
    elif what == "values":
        place["results"]["decode"]["uint16"] = 3
    elif what == "pixels":
        place["results"]["agreement"]["0.5"] = {"differing": 200, "pixels": 100_000}
    elif what == "slow":
        for frame in place["results"]["speed"].values():
            frame["milliseconds"] = 10.1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("crash", "OpenGL crashed (SIGSEGV) while comparing pictures."),
        ("failure", "OpenGL failed at a check: out of memory."),
        ("values", "OpenGL draws 3 of 131072 values in a wrong place."),
        ("pixels", "OpenGL draws 0.2 % of pixels unlike the software renderer."),
        ("slow", "draws frames more slowly than the software renderer"),
    ],
)
def test_a_gpu_that_errs_or_is_slow_is_advised_against(what, said):
    report = machine("gpu")
    spoil(report["window"], what)
    advice = advise(report)
    assert advice["auto"] == "gpu" and advice["renderer"] == "software" and advice["usable"]
    assert said in " ".join(advice["hints"])
    assert SET in " ".join(advice["hints"])


def test_a_renderer_that_windows_find_wrong_themselves_needs_no_setting():
    report = machine("gpu")
    report["window"]["failures"]["renderer"] = "OpenGL draws 9 pixels wrongly."
    advice = advise(report)
    assert advice["renderer"] == "software"
    assert "9 pixels wrongly" in " ".join(advice["hints"]) and SET not in " ".join(advice["hints"])


def test_few_pixels_that_differ_are_said_and_no_fault():
    report = machine("gpu")
    report["window"]["results"]["agreement"]["0.5"] = {"differing": 20, "pixels": 100_000}
    advice = advise(report)
    assert advice["renderer"] == "gpu"
    assert "0.02 % of pixels" in " ".join(advice["hints"])


def test_faster_at_either_number_of_channels_is_fast_enough():
    report = machine("gpu")
    spoil(report["window"], "slow")
    report["window"]["results"]["speed"]["384"]["milliseconds"] = 9.0
    assert advise(report)["renderer"] == "gpu"
    del report["window"]["results"]["speed"]
    assert advise(report)["renderer"] == "gpu", "what is not timed is not slow"


def test_a_driver_that_crashes_when_asked_is_kept_from():
    report = machine("none")
    report["window"]["trouble"] = "crashed (SIGSEGV) while asking the driver."
    advice = advise(report)
    assert advice["renderer"] == "software" and advice["usable"]
    assert "crashed (SIGSEGV)" in told(report) and SET in told(report)
    assert "apt-get" not in told(report)


def test_a_screen_that_does_not_answer_is_no_matter_of_opengl():
    report = machine("none")
    report["window"]["trouble"] = (
        "crashed (SIGABRT) while asking the driver: qt.qpa.xcb: could not connect to display :9."
    )
    assert "The display (X11 :0) cannot be reached: check DISPLAY" in told(report)
    advice = advise(report)
    assert advice["why"] == "The software renderer draws: the display (X11 :0) cannot be reached."
    assert SET not in told(report) and "apt-get" not in told(report)


def test_libraries_that_are_missing_are_named():
    report = machine("none")
    report["window"]["trouble"] = (
        "crashed (SIGABRT) while asking the driver: qt.qpa.plugin: From 6.5.0, xcb-cursor0 or "
        "libxcb-cursor0 is needed to load the Qt xcb platform plugin."
    )
    assert "apt-get install libxcb-cursor0" in told(report) and SET not in told(report)
    report = machine("none")
    report["window"]["failures"]["driver"] = "Qt can make no OpenGL context here."
    assert "libgl1-mesa-dri" in told(report)
    report["platform"]["system"] = "macOS 15.0"
    assert "apt-get" not in told(report)


def fail(report, *places, why="Qt can make no OpenGL context here."):
    """Take the drivers of places away."""
    for name in places:
        report[name] = machine("none")[name]
        report[name]["failures"]["driver"] = why
    return report


PLUGIN = 'crashed (SIGABRT): qt.qpa.plugin: Could not find the Qt platform plugin "nonsense" in "".'


@pytest.mark.parametrize(
    ("environment", "places"),
    [
        ({"EGL_PLATFORM": "nonsense"}, ["offscreen", "window"]),
        ({"LIBGL_DRIVERS_PATH": "/nonexistent"}, ["offscreen", "window"]),
        ({"MESA_GL_VERSION_OVERRIDE": "1.4"}, ["offscreen", "window"]),
        ({"GALLIUM_DRIVER": "nonsense"}, ["offscreen", "window"]),
        ({"PYOPENGL_PLATFORM": "glx"}, ["offscreen"]),
        ({"QT_QPA_PLATFORM": "offscreen"}, ["window"]),
        ({"QT_XCB_GL_INTEGRATION": "none"}, ["window"]),
        ({"MESA_LOADER_DRIVER_OVERRIDE": "nonsense"}, ["window"]),
    ],
)
@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_a_variable_that_may_keep_opengl_away_is_named_and_no_packages(kind, environment, places):
    report = fail(machine(kind), *places)
    report["environment"] = {"RAWSCOPE_RENDERER": "auto", **environment}
    ((name, value),) = environment.items()
    assert f"Unset {name} (now {value}) and run this again" in told(report)
    assert "apt-get" not in told(report) and "install" not in told(report)
    assert "RAWSCOPE_RENDERER (" not in told(report)
    report = machine(kind)
    report["environment"] = environment
    assert "Unset" not in told(report), "what does no harm stays"


def test_without_a_display_a_variable_is_named_too():
    report = fail(machine("cpu"), "offscreen")
    report["window"], report["environment"] = None, {"EGL_PLATFORM": "nonsense"}
    assert "Unset EGL_PLATFORM (now nonsense)" in told(report) and "apt-get" not in told(report)


def test_a_platform_of_qt_that_there_is_not_is_no_matter_of_packages():
    report = machine("cpu")
    report["window"] = machine("none")["window"] | {"trouble": PLUGIN}
    report["environment"] = {"QT_QPA_PLATFORM": "nonsense", "LIBGL_DRIVERS_PATH": "/mine"}
    assert "Unset QT_QPA_PLATFORM (now nonsense) and run" in told(report), "that alone"
    assert "apt-get" not in told(report)
    report["environment"] = {"QT_QPA_PLATFORM": "xcb"}
    assert "Unset" not in told(report) and "apt-get install libxcb-cursor0" in told(report)


def test_several_variables_are_named_together():
    report = fail(machine("none"), "offscreen", "window")
    report["environment"] = {"EGL_PLATFORM": "a\nb", "QT_XCB_GL_INTEGRATION": "none"}
    names = "Unset QT_XCB_GL_INTEGRATION (now none) and EGL_PLATFORM (now a\\nb) and run"
    assert names in told(report)


@pytest.mark.parametrize("what", ["renderer", "old"])
def test_a_driver_that_a_variable_makes_useless_is_like_none(what):
    report = machine("gpu")
    report["environment"] = {"MESA_GL_VERSION_OVERRIDE": "2.0"}
    if what == "renderer":
        report["window"]["failures"]["renderer"] = "no glGenFramebuffers."
    else:
        report["window"]["why_software"] = "The software renderer draws: OpenGL 2.0 is too old (x)."
    assert "Unset MESA_GL_VERSION_OVERRIDE (now 2.0)" in told(report)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYOPENGL_PLATFORM": "egl", "QT_XCB_GL_INTEGRATION": "xcb_egl"},
        {"EGL_PLATFORM": "surfaceless", "QT_QPA_PLATFORM": "wayland"},
    ],
)
def test_values_that_are_usual_are_not_blamed(environment):
    report = fail(machine("none"), "offscreen", "window")
    report["environment"] = environment
    assert "Unset" not in told(report) and "libgl1-mesa-dri" in told(report)


def test_packages_of_mesa_are_not_for_where_it_draws_off_screen():
    report = fail(machine("cpu"), "window")
    advice = advise(report)
    assert "apt-get" not in " ".join(advice["hints"])
    assert advice["why"] == "The software renderer draws: windows get no OpenGL here."


@pytest.mark.parametrize(
    "said", ["qt.qpa.xcb: could not connect to display :77", "Failed to create wl_display (gone)"]
)
def test_a_display_that_is_not_there_is_not_taken_for_a_lack_of_opengl(said):
    report = machine("gpu")
    report["window"] = machine("none")["window"] | {"trouble": f"crashed (SIGABRT): {said}."}
    report["session"]["screen"] = ["X11 :77"]
    report["environment"] = {"QT_XCB_GL_INTEGRATION": "none"}
    advice = advise(report)
    assert advice["why"] == "The software renderer draws: the display (X11 :77) cannot be reached."
    (hint,) = advice["hints"]
    assert hint.startswith("The display (X11 :77) cannot be reached: check DISPLAY")


@pytest.mark.parametrize(
    ("remote", "environment", "said"),
    [
        ([], {}, "There is NVIDIA (nvidia) here, which does not draw"),
        (["ssh"], {}, "goes over ssh, which does not draw by NVIDIA (nvidia)"),
        (["xrdp"], {"LIBGL_ALWAYS_SOFTWARE": "1"}, "LIBGL_ALWAYS_SOFTWARE keeps OpenGL from NV"),
    ],
)
def test_a_gpu_that_does_not_draw_is_pointed_out(remote, environment, said):
    report = machine("cpu")
    report["graphics_devices"] = ["NVIDIA (nvidia)", "ASPEED (ast)"]
    report["session"]["remote"], report["environment"] = remote, environment
    assert said in told(report) and "ASPEED" not in told(report)
    report["graphics_devices"] = ["ASPEED (ast)"]
    assert told(report) == "", "there is no other to draw"


@pytest.mark.parametrize(
    ("kind", "asked", "said"),
    [
        ("cpu", "gpu", "RAWSCOPE_RENDERER asks for the gpu renderer; the software renderer"),
        ("gpu", "software", "RAWSCOPE_RENDERER asks for the software renderer; the gpu renderer"),
        ("gpu", "gpu", ""),
        ("gpu", "auto", ""),
        ("cpu", "auto", ""),
    ],
)
def test_a_renderer_that_is_forced_against_the_advice_is_pointed_out(kind, asked, said):
    report = machine(kind)
    report["settings"] |= {"renderer": asked, "said_by": "RAWSCOPE_RENDERER"}
    assert told(report).startswith(said) and bool(told(report)) == bool(said)


def test_what_is_wrong_in_the_settings_is_repeated():
    report = machine("cpu")
    report["settings"]["warnings"] = ["settings.toml: there is no setting 'x'."]
    assert advise(report)["hints"] == ["settings.toml: there is no setting 'x'."]


@pytest.mark.parametrize(("kind", "usable"), [("gpu", True), ("cpu", False), ("none", False)])
@pytest.mark.parametrize("what", ["crash", "failure", "values"])
def test_nothing_can_draw_where_not_even_the_software_renderer_does(kind, usable, what):
    report = machine(kind)
    software = report["software"]
    if what == "crash":
        software["results"], software["trouble"] = {}, "crashed (SIGILL) while starting."
    elif what == "failure":
        software["results"], software["failures"] = {}, {"decode": "no memory."}
    else:
        software["results"]["decode"]["int16"] = 1
    advice = advise(report)
    assert advice["usable"] == usable
    assert advice["hints"][0].startswith("The software renderer does not work here (")
