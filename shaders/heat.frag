#version 120
// The heat map: a column and lane is the colour of its value furthest from the middle of the lane.
// Where lanes share a row of pixels, the furthest of them all counts, so that nothing is lost; where
// lanes of several draws do, depth decides, which is less the further the value is.
// viewer/render/heat.py does the same.

#define LOOK(sampler, at) texture2D(sampler, at)
#include "tile.glsl"
#include "columns.glsl"
#include "lanes.glsl"

uniform sampler2D u_rows;   // for each row of pixels: first lane, one past the last
uniform float u_bottom;     // rows of pixels
uniform sampler2D u_colors; // from -1 to 1
uniform float u_color_count;
uniform float u_interpolate; // 1: less than a sample to a column: the nearest one

varying vec2 v_at;

void main() {
    vec2 pixel = floor(v_at);
    vec2 lanes = LOOK(u_rows, vec2((pixel.y + 0.5) / u_bottom, 0.5)).rg;
    float start = edge(pixel.x), stop = edge(pixel.x + 1.0);
    if (u_interpolate > 0.5) {
        start = floor((pixel.x + 0.5) * u_ratio + u_origin + 0.5);
        start = clamp(start, u_valid.x, u_valid.y - 1.0);
        stop = start + 1.0;
    }
    float furthest = ABSENT;
    for (int j = 0; j < 1024; ++j) {
        float lane = lanes.x + float(j);
        if (lane >= lanes.y) break;
        vec4 scale = lane_scale(lane);
        for (int side = 0; side < 2; ++side) {
            float sign = side == 0 ? -1.0 : 1.0;
            float value = extreme(scale.x, scale.z, start, stop, sign);
            if (value > LARGEST) continue;
            value = clamp(scale.y * value + scale.w, -1.0, 1.0);
            if (furthest > LARGEST || abs(value) > abs(furthest)) furthest = value;
        }
    }
    if (furthest > LARGEST) discard;
    gl_FragDepth = 0.75 - 0.5 * abs(furthest); // less than the 1 of where nothing is
    float color = min(floor((furthest + 1.0) * 0.5 * u_color_count), u_color_count - 1.0);
    gl_FragColor = vec4(LOOK(u_colors, vec2((color + 0.5) / u_color_count, 0.5)).rgb, 1.0);
}
