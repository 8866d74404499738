// Where things of one draw lie: the columns that start in one tile, on the pixels of the plot.

uniform vec2 u_size;        // plot, physical pixels
uniform float u_x;          // pixel of this draw's first column
uniform float u_count;      // columns of this draw

const vec4 OUTSIDE = vec4(2.0, 2.0, 2.0, 1.0); // what is not drawn collapses here
const float FAR = 1.0e6;    // beyond this many pixels all is equally off screen

// A point of the plot, counted from its top left corner.
vec4 place(vec2 at) {
    return vec4(2.0 * at.x / u_size.x - 1.0, 1.0 - 2.0 * at.y / u_size.y, 0.0, 1.0);
}
