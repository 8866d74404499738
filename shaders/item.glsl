// What one instance of a draw is: all columns of a lane, or a few of them in another colour, which
// is how spikes are shown on the trace. Needs place.glsl and lanes.glsl.

uniform float u_first;      // pixel from which the columns of items are counted

attribute float a_column;   // 0, 1, 2 ...: column of the item
attribute vec2 a_corner;    // (0 left | 0.5 middle | 1 right, 0 top | 1 bottom)
attribute vec3 a_item;      // instance: lane, first column, columns
attribute vec4 a_tint;      // instance: colour; the lane's own where alpha is 0

// The column of this draw that this vertex is of; negative where there is none.
float item_column() {
    float column = a_item.y - u_first + a_column;
    return a_column < a_item.z && column >= 0.0 && column < u_count ? column : -1.0;
}

vec3 item_color() {
    return a_tint.a > 0.0 ? a_tint.rgb : lane_color(a_item.x);
}
