#version 120
// A trace is one opaque colour, but for the rows that it leaves free.

varying vec3 v_color;
varying vec3 v_rows;

void main() {
    float middle = floor(v_rows.x) + 0.5; // what is interpolated may be a hair off
    if (middle > v_rows.y && middle < v_rows.z) discard;
    gl_FragColor = vec4(v_color, 1.0);
}
