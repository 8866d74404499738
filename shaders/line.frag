#version 120
// How much of a pixel a line through the samples covers, by the distance of the pixel's middle to
// it: all within half the line's width, none a pixel further. Samples far apart are dots as well.
// viewer/render/polyline.py does the same.

#define LOOK(sampler, at) texture2D(sampler, at)
#include "tile.glsl"
#include "lanes.glsl"

uniform float u_ratio;      // samples to a column
uniform float u_origin;     // where after sample 0 the first column begins, 0 to 1
uniform float u_reach;      // pixels from the line's middle to where no ink is
uniform float u_half_width; // pixels
uniform float u_dot;        // radius of a sample's dot in pixels; 0: none

varying vec3 v_color;
varying vec3 v_at;

const float FAR = 1.0e6;

void main() {
    // Whole pixels and lanes: what is interpolated across a quad may be a hair off.
    vec2 middle = floor(v_at.xy) + 0.5;
    vec4 scale = lane_scale(floor(v_at.z + 0.5));
    float position = middle.x * u_ratio + u_origin;
    float reach = u_reach * u_ratio;
    float first = max(floor(position - reach), u_valid.x);
    float last = min(ceil(position + reach), u_valid.y - 1.0);
    float line = FAR, dots = FAR;
    bool before = false; // whether the sample before is there
    vec2 from = vec2(0.0);
    for (int j = 0; j < 24; ++j) {
        float bin = first + float(j);
        if (bin > last) break;
        float value = fetch(scale.x, bin, 0.0, scale.z);
        bool there = value < LARGEST;
        float y = clamp(scale.y * value + scale.w, -FAR, FAR);
        vec2 to = vec2((bin - position) / u_ratio, y - middle.y);
        if (there) dots = min(dots, length(to)); // also where it has no neighbour
        if (there && before) {
            vec2 along = to - from;
            float share = clamp(-dot(from, along) / dot(along, along), 0.0, 1.0);
            line = min(line, length(from + share * along));
        }
        before = there;
        from = to;
    }
    float ink = clamp(u_half_width + 0.5 - min(line, dots), 0.0, 1.0);
    if (u_dot > 0.0) ink = max(ink, clamp(u_dot + 0.5 - dots, 0.0, 1.0));
    if (ink <= 0.0) discard;
    gl_FragColor = vec4(v_color, ink);
}
