// Raw values out of a tile's texture, which holds them as they are in the recording: a row for
// each bin (sample), in which every texel is a channel; where bins have a least and a greatest
// value, a row for either. Nothing was scaled on the way.
//
// LOOK(sampler, at) is the look-up that the stage has.

uniform sampler2D u_tile;
uniform vec2 u_texels;      // columns and rows of the texture
uniform float u_decode;     // 0: int16 as two bytes, 1: uint16 as two bytes, 2: float32
uniform float u_stride;     // rows to a bin: 1, or 2 for its least and its greatest value
uniform float u_row;        // bin of the texture that is number 0 of this draw: at its left edge
uniform vec2 u_valid;       // bins of this draw that hold data, half-open

const float ABSENT = 3.0e38; // stands for a float sample that is no number
const float LARGEST = 2.0e38;

// Two bytes are exact: each comes as a multiple of 1/255, and floor(x + 0.5) undoes the rounding.
float decode(vec4 texel) {
    if (u_decode > 1.5) return texel.r;
    float value = floor(texel.r * 255.0 + 0.5) + 256.0 * floor(texel.a * 255.0 + 0.5);
    return (u_decode < 0.5 && value >= 32768.0) ? value - 65536.0 : value;
}

// The least (high 0) or greatest (high 1) raw value of a bin of this draw, counted from the lane's pivot: the
// difference of two whole numbers is exact where slope * value + base would be the small
// difference of two large products.
float fetch(float channel, float bin, float high, float pivot) {
    float row = (bin + u_row) * u_stride + high * (u_stride - 1.0);
    float value = decode(LOOK(u_tile, (vec2(channel, row) + 0.5) / u_texels));
    return value > LARGEST ? ABSENT : value - pivot;
}

// The lesser (sign -1) or greater (sign +1) of two values, of which either may be absent.
float further(float a, float b, float sign) {
    if (a > LARGEST) return b;
    if (b > LARGEST) return a;
    return sign * max(sign * a, sign * b);
}
