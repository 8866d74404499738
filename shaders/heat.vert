#version 120
// One corner of the columns that start in one tile, over all lanes.

#include "place.glsl"

uniform float u_bottom;     // traces end here; below lies the spike raster

attribute vec2 a_corner;    // (0 left | 1 right, 0 top | 1 bottom)
varying vec2 v_at;          // x in columns of this draw, y in rows of the plot

void main() {
    v_at = a_corner * vec2(u_count, u_bottom);
    gl_Position = place(vec2(u_x, 0.0) + v_at);
}
