#version 120
// A rectangle is one colour, blended by its alpha.

varying vec4 v_rgba;

void main() {
    gl_FragColor = v_rgba;
}
