"""One scene, two renderers: `software` (NumPy to RGBA) and `gpu` (vispy gloo). No Qt."""
