#version 120
// One corner of a filled rectangle on whole pixels: grid lines, events, spikes.

uniform vec2 u_size;      // plot, physical pixels
attribute vec2 a_corner;  // (0 left | 1 right, 0 top | 1 bottom)
attribute vec4 a_box;     // instance: x0, y0, x1, y1
attribute vec4 a_rgba;    // instance: 0 .. 1
varying vec4 v_rgba;

void main() {
    v_rgba = a_rgba;
    vec2 at = mix(a_box.xy, a_box.zw, a_corner);
    gl_Position = vec4(2.0 * at.x / u_size.x - 1.0, 1.0 - 2.0 * at.y / u_size.y, 0.0, 1.0);
}
