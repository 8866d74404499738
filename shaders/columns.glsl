// From bins to the columns of one draw, exactly: the arithmetic of viewer/engine/columns.py. Columns
// and bins are counted from the draw's left edge, so that the product of a column (12 bits, up to
// 4096 of a draw) and of bins to a column (12 bits) is exact in float32. Needs tile.glsl.

uniform float u_ratio;      // bins (samples, where lines are drawn between them) to a column
uniform float u_origin;     // where in bin 0 the first column begins, 0 to 1
uniform float u_half;       // 0.5 where bins are placed by their middle, else 0

// The first bin of column `i` of this draw.
float edge(float i) {
    return clamp(ceil(i * u_ratio + u_origin - u_half), u_valid.x, u_valid.y);
}

// The least (sign -1) or greatest (sign +1) value of bins [start, stop): at most six samples or
// four bins. Absent where there are none.
float extreme(float channel, float pivot, float start, float stop, float sign) {
    float high = sign > 0.0 ? 1.0 : 0.0;
    float value = ABSENT;
    for (int j = 0; j < 6; ++j)
        if (start + float(j) < stop)
            value = further(value, fetch(channel, start + float(j), high, pivot), sign);
    return value;
}

// The line through the samples at a fractional position; absent next to an absent sample.
float line(float channel, float pivot, float position) {
    float row = floor(position);
    float before = fetch(channel, row, 0.0, pivot);
    float following = fetch(channel, min(row + 1.0, u_valid.y - 1.0), 0.0, pivot);
    if (before > LARGEST || following > LARGEST) return ABSENT;
    return before + (position - row) * (following - before);
}
