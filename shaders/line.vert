#version 120
// One corner of one column of a line with width: as high as the line reaches within the column and
// as far beside it as the line is wide. What of it is ink, line.frag says.

#define LOOK(sampler, at) texture2DLod(sampler, at, 0.0)
#include "tile.glsl"
#include "columns.glsl"
#include "lanes.glsl"
#include "place.glsl"
#include "item.glsl"

uniform float u_reach;      // pixels from the line's middle to where no ink is

varying vec3 v_color;
varying vec3 v_at;          // x in columns of this draw, y in rows of the plot, lane

void main() {
    v_color = item_color();
    float column = item_column();
    gl_Position = OUTSIDE;
    v_at = vec3(0.0);
    if (column < 0.0) return;
    vec4 scale = lane_scale(a_item.x);
    float last = u_valid.y - 1.0;
    float left = clamp((column - u_reach) * u_ratio + u_origin, u_valid.x, last);
    float right = clamp((column + 1.0 + u_reach) * u_ratio + u_origin, u_valid.x, last);
    float sign = (scale.y < 0.0) == (a_corner.y < 0.5) ? 1.0 : -1.0;
    float value = further(line(scale.x, scale.z, left), line(scale.x, scale.z, right), sign);
    for (int j = 0; j < 24; ++j) {
        float bin = ceil(left) + float(j);
        if (bin <= right) value = further(value, fetch(scale.x, bin, 0.0, scale.z), sign);
    }
    if (value > LARGEST) return;
    float y = clamp(scale.y * value + scale.w, -FAR, FAR);
    y = a_corner.y < 0.5 ? floor(y - u_reach) : ceil(y + u_reach);
    vec2 limits = lane_limits(a_item.x);
    v_at = vec3(column + a_corner.x, clamp(y, limits.x, limits.y), a_item.x);
    gl_Position = place(vec2(u_x + v_at.x, v_at.y));
}
