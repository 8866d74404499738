#version 120
// A trace is one opaque colour.

varying vec3 v_color;

void main() {
    gl_FragColor = vec4(v_color, 1.0);
}
