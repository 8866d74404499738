#version 120
// One corner of one column of one channel's trace.
//
// A draw covers the columns that start in one tile (vertices) times the lanes on screen
// (instances). The tile's texture holds raw values as they are in the recording: a row for each
// bin, and in a row the least values of all channels, then the greatest (for single samples just
// the samples). Nothing here was scaled on the way; gain and offset are slope and base below.
// The arithmetic is that of viewer/engine/columns.py, in float32, which is exact for positions
// because samples per pixel has 12 significant bits and positions are relative to the tile.

uniform sampler2D u_tile;
uniform vec2 u_texels;      // columns and rows of the texture
uniform float u_decode;     // 0: int16 as two bytes, 1: uint16 as two bytes, 2: float32
uniform float u_high;       // texels from a channel's least to its greatest value
uniform vec2 u_size;        // plot, physical pixels
uniform float u_x;          // pixel of this draw's first column
uniform float u_count;      // columns of this draw
uniform float u_ratio;      // bins (samples when interpolating) to a column
uniform float u_origin;     // row of the texture at the left edge of the first column
uniform float u_half;       // 0.5 where bins are placed by their middle, else 0
uniform vec2 u_valid;       // rows of the texture that hold data, half-open
uniform float u_interpolate; // 1: draw the line through samples more than a pixel apart
uniform float u_thickness;  // physical pixels
uniform float u_bottom;     // traces end here; below lies the spike raster

attribute float a_column;   // 0 .. count-1
attribute vec2 a_corner;    // (0 left | 1 right, 0 top | 1 bottom)

attribute float a_channel;  // instance: texel of the lane's channel
attribute float a_slope;    // instance: pixels to a raw unit, downwards
attribute float a_pivot;    // instance: raw value near the lane's middle
attribute float a_base;     // instance: y of the pivot
attribute vec3 a_color;     // instance

varying vec3 v_color;

const float FAR = 1.0e6;    // beyond this many pixels all is equally off screen
const float ABSENT = 3.0e38; // stands for a float sample that is no number
const float LARGEST = 2.0e38;

float decode(vec4 texel) {
    if (u_decode > 1.5) return texel.r;
    float value = floor(texel.r * 255.0 + 0.5) + 256.0 * floor(texel.a * 255.0 + 0.5);
    return (u_decode < 0.5 && value >= 32768.0) ? value - 65536.0 : value;
}

// A raw value, counted from the lane's pivot: the difference of two whole numbers is exact where
// slope * value + base would be the small difference of two large products.
float fetch(float texel, float row) {
    float value = decode(texture2DLod(u_tile, (vec2(texel, row) + 0.5) / u_texels, 0.0));
    return value > LARGEST ? ABSENT : value - a_pivot;
}

// The lesser (sign -1) or greater (sign +1) of two values, of which either may be absent.
float further(float a, float b, float sign) {
    if (a > LARGEST) return b;
    if (b > LARGEST) return a;
    return sign * max(sign * a, sign * b);
}

// The first row of the column `i` counted from this draw's first.
float edge(float i) {
    return clamp(ceil(i * u_ratio + u_origin - u_half), u_valid.x, u_valid.y);
}

// The least (sign -1) or greatest (sign +1) value of rows [start, stop): at most six samples or
// four bins.
float extreme(float start, float stop, float sign) {
    float texel = a_channel + (sign > 0.0 ? u_high : 0.0);
    float value = ABSENT;
    for (int j = 0; j < 6; ++j)
        if (start + float(j) < stop)
            value = further(value, fetch(texel, start + float(j)), sign);
    return value;
}

// The line through the samples at a fractional row; absent next to an absent sample.
float line(float position) {
    float row = floor(position);
    float before = fetch(a_channel, row);
    float following = fetch(a_channel, min(row + 1.0, u_valid.y - 1.0));
    if (before > LARGEST || following > LARGEST) return ABSENT;
    return before + (position - row) * (following - before);
}

void main() {
    v_color = a_color;
    // Screens count downwards: the top of a column is its greatest value where slope is negative.
    float sign = (a_slope < 0.0) == (a_corner.y < 0.5) ? 1.0 : -1.0;
    bool empty = a_column >= u_count;
    float value = 0.0;
    if (!empty && u_interpolate > 0.5) {
        float last = u_valid.y - 1.0;
        float left = clamp(a_column * u_ratio + u_origin, u_valid.x, last);
        float right = clamp((a_column + 1.0) * u_ratio + u_origin, u_valid.x, last);
        float from = line(left), to = line(right);
        empty = from > LARGEST || to > LARGEST;
        value = further(from, to, sign);
        float inner = ceil(left);
        if (inner <= right) value = further(value, fetch(a_channel, inner), sign);
    } else if (!empty) {
        float before = edge(a_column - 1.0), start = edge(a_column);
        float stop = edge(a_column + 1.0), after = edge(a_column + 2.0);
        value = start < stop ? extreme(start, stop, sign) : ABSENT;
        empty = value > LARGEST;
        if (!empty) {
            // Half way to neighbours it does not touch: steep flanks leave no gaps, and an
            // extremum is inked in its own column alone.
            float far = value;
            if (before < start) far = further(far, extreme(before, start, -sign), sign);
            if (stop < after) far = further(far, extreme(stop, after, -sign), sign);
            value = further(value, (value + far) * 0.5, sign);
        }
    }
    if (empty) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // outside: the whole column collapses there
        return;
    }
    float above = floor((u_thickness - 1.0) / 2.0);
    float row = floor(clamp(a_slope * value + a_base, -FAR, FAR)) - above;
    float y = clamp(row + a_corner.y * u_thickness, 0.0, u_bottom);
    float x = u_x + a_column + a_corner.x;
    gl_Position = vec4(2.0 * x / u_size.x - 1.0, 1.0 - 2.0 * y / u_size.y, 0.0, 1.0);
}
