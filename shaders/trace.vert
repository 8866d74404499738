#version 120
// One end of one column of one channel's trace: from its least to its greatest value.
//
// A draw covers the columns that start in one tile (vertices) times the lanes on screen
// (instances). A column is two triangles, or, where a driver's lines are exact, a line of one
// pixel's width from the middle of its top row into the row below its last: both ends lie well
// within the diamonds by which OpenGL rasterises lines.

#define LOOK(sampler, at) texture2DLod(sampler, at, 0.0)
#include "tile.glsl"
#include "columns.glsl"
#include "lanes.glsl"
#include "place.glsl"
#include "item.glsl"

uniform float u_interpolate; // 1: the line through samples more than a pixel apart
uniform float u_thickness;  // physical pixels
uniform vec2 u_inset;       // added to y of the top and of the bottom end

varying vec3 v_color;
varying vec3 v_rows;        // row of the plot; the rows that the lane leaves free

// The value at this end of a column that holds a sample or more.
float reduced(float column, float channel, float pivot, float sign) {
    float before = edge(column - 1.0), start = edge(column);
    float stop = edge(column + 1.0), after = edge(column + 2.0);
    if (start >= stop) return ABSENT;
    float value = extreme(channel, pivot, start, stop, sign);
    if (value > LARGEST) return ABSENT;
    // Half way to neighbours it does not touch: steep flanks leave no gaps, and an extremum is
    // inked in its own column alone.
    float far = value;
    if (before < start) far = further(far, extreme(channel, pivot, before, start, -sign), sign);
    if (stop < after) far = further(far, extreme(channel, pivot, stop, after, -sign), sign);
    return further(value, (value + far) * 0.5, sign);
}

// The value at this end of a column between samples.
float interpolated(float column, float channel, float pivot, float sign) {
    float last = u_valid.y - 1.0;
    float left = clamp(column * u_ratio + u_origin, u_valid.x, last);
    float right = clamp((column + 1.0) * u_ratio + u_origin, u_valid.x, last);
    float value = further(line(channel, pivot, left), line(channel, pivot, right), sign);
    float inner = ceil(left);
    if (inner <= right) value = further(value, fetch(channel, inner, 0.0, pivot), sign);
    return value;
}

void main() {
    v_color = item_color();
    v_rows = vec3(0.0);
    float column = item_column();
    vec4 scale = lane_scale(a_item.x);
    // Screens count downwards: the top of a column is its greatest value where slope is negative.
    float sign = (scale.y < 0.0) == (a_corner.y < 0.5) ? 1.0 : -1.0;
    float value = ABSENT;
    if (column >= 0.0 && u_interpolate > 0.5)
        value = interpolated(column, scale.x, scale.z, sign);
    else if (column >= 0.0)
        value = reduced(column, scale.x, scale.z, sign);
    if (value > LARGEST) {
        gl_Position = OUTSIDE;
        return;
    }
    float above = floor((u_thickness - 1.0) / 2.0);
    float row = floor(clamp(scale.y * value + scale.w, -FAR, FAR)) - above;
    vec2 limits = lane_limits(a_item.x);
    float y = clamp(row + a_corner.y * u_thickness, limits.x, limits.y);
    y += mix(u_inset.x, u_inset.y, a_corner.y);
    v_rows = vec3(y, lane_free(a_item.x));
    gl_Position = place(vec2(u_x + column + a_corner.x, y));
}
