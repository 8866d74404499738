// What is known of each lane, in a small texture of floats: gain and offset are in slope, pivot
// and base, order is the place in the texture, and a channel that is hidden has none. Changing any
// of them sends these texels and nothing else.

uniform sampler2D u_lanes;  // channel, slope, pivot, base; red, green, blue; rows (see below)
uniform float u_lane_count; // texels in a row

// Channel of the tile, pixels to a raw unit (downwards), raw value near the lane's middle, its y.
vec4 lane_scale(float lane) {
    return LOOK(u_lanes, vec2((lane + 0.5) / u_lane_count, 0.5 / 3.0));
}

vec3 lane_color(float lane) {
    return LOOK(u_lanes, vec2((lane + 0.5) / u_lane_count, 1.5 / 3.0)).rgb;
}

// The rows of the plot that the lane may ink, half-open.
vec2 lane_limits(float lane) {
    return LOOK(u_lanes, vec2((lane + 0.5) / u_lane_count, 2.5 / 3.0)).rg;
}

// Of these, the rows that the lane leaves free, half-open.
vec2 lane_free(float lane) {
    return LOOK(u_lanes, vec2((lane + 0.5) / u_lane_count, 2.5 / 3.0)).ba;
}
