// Second-order sections, in blocks of time side by side. Follows kernels.cu.
//
// A recursive filter is a chain along time, and channels alone are too few threads. So time is cut
// into blocks: `end_states` filters each from rest, `start_states` makes of what that leaves the
// true state before each block, and `filter_blocks` filters each again, from there. A filter is
// linear: the state after a block is that of the block filtered from rest, plus what becomes of the
// state before it, which a matrix says (viewer/compute/cupy_filter.py). So the blocks join exactly,
// whatever the filter.
//
// Direct form II transposed, in float64. States have the shape (blocks, SECTIONS * 2, channels).
template <int SECTIONS>
struct Cascade {
    double b0[SECTIONS], b1[SECTIONS], b2[SECTIONS], a1[SECTIONS], a2[SECTIONS];
    double delay[2 * SECTIONS];

    __device__ Cascade(const double* sos)
    {
#pragma unroll
        for (int s = 0; s < SECTIONS; s++) {
            b0[s] = sos[6 * s];
            b1[s] = sos[6 * s + 1];
            b2[s] = sos[6 * s + 2];
            a1[s] = sos[6 * s + 4]; // [6 * s + 3] is 1
            a2[s] = sos[6 * s + 5];
            delay[2 * s] = delay[2 * s + 1] = 0;
        }
    }

    __device__ void load(const double* state, int64 channels)
    {
#pragma unroll
        for (int i = 0; i < 2 * SECTIONS; i++) delay[i] = state[i * channels];
    }

    __device__ void store(double* state, int64 channels) const
    {
#pragma unroll
        for (int i = 0; i < 2 * SECTIONS; i++) state[i * channels] = delay[i];
    }

    __device__ double step(double value)
    {
#pragma unroll
        for (int s = 0; s < SECTIONS; s++) {
            const double out = fma(b0[s], value, delay[2 * s]);
            delay[2 * s] = fma(-a1[s], out, fma(b1[s], value, delay[2 * s + 1]));
            delay[2 * s + 1] = fma(-a2[s], out, b2[s] * value);
            value = out;
        }
        return value;
    }
};

// A thread has one block of one channel; `blocks` are all but the last, whose end no block needs.
template <int SECTIONS, typename T>
__device__ inline void end_states(const T* __restrict__ x, int64 stride, int64 channels,
                                  int64 length, int64 blocks, const double* sos,
                                  double* __restrict__ ends)
{
    const int64 block = thread_number() / channels, channel = thread_number() - block * channels;
    if (block >= blocks) return;
    Cascade<SECTIONS> cascade(sos);
    x += block * length * stride + channel;
#pragma unroll 8
    for (int64 row = 0; row < length; row++) cascade.step((double)x[row * stride]);
    cascade.store(ends + block * 2 * SECTIONS * channels + channel, channels);
}

// A thread has one channel. On the way in `states[b + 1]` is the end of block b filtered from rest
// and `states[0]` the true state before all; on the way out each is the true state before block b.
template <int SECTIONS>
__device__ inline void start_states(const double* __restrict__ over_block, int64 channels,
                                    int64 blocks, double* states)
{
    const int WIDTH = 2 * SECTIONS;
    const int64 channel = thread_number();
    if (channel >= channels) return;
    double state[WIDTH], next[WIDTH];
    states += channel;
    for (int i = 0; i < WIDTH; i++) state[i] = states[i * channels];
    for (int64 block = 1; block < blocks; block++) {
        states += WIDTH * channels;
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
            next[i] = states[i * channels];
#pragma unroll
            for (int j = 0; j < WIDTH; j++) next[i] += over_block[i * WIDTH + j] * state[j];
        }
#pragma unroll
        for (int i = 0; i < WIDTH; i++) states[i * channels] = state[i] = next[i];
    }
}

template <int SECTIONS, typename T>
__device__ inline void filter_blocks(const T* __restrict__ x, int64 stride, int64 rows,
                                     int64 channels, int64 length, const double* sos,
                                     const double* __restrict__ starts, T* __restrict__ y,
                                     double* __restrict__ after)
{
    const int64 block = thread_number() / channels, channel = thread_number() - block * channels;
    const int64 first = block * length;
    if (first >= rows) return;
    const int64 size = rows - first < length ? rows - first : length;
    Cascade<SECTIONS> cascade(sos);
    cascade.load(starts + block * 2 * SECTIONS * channels + channel, channels);
    x += first * stride + channel;
    y += first * channels + channel;
#pragma unroll 8
    for (int64 row = 0; row < size; row++)
        y[row * channels] = (T)cascade.step((double)x[row * stride]);
    if (first + size == rows) cascade.store(after + channel, channels);
}

#define FILTER(SECTIONS, NAME, T)                                                                  \
    KERNEL end_states_##NAME##_##SECTIONS(const T* x, int64 stride, int64 channels, int64 length,  \
                                          int64 blocks, const double* sos, double* ends)           \
    {                                                                                              \
        end_states<SECTIONS>(x, stride, channels, length, blocks, sos, ends);                      \
    }                                                                                              \
    KERNEL filter_blocks_##NAME##_##SECTIONS(const T* x, int64 stride, int64 rows, int64 channels, \
                                             int64 length, const double* sos,                      \
                                             const double* starts, T* y, double* after)            \
    {                                                                                              \
        filter_blocks<SECTIONS>(x, stride, rows, channels, length, sos, starts, y, after);         \
    }

#define FILTERS(SECTIONS)                                                                          \
    FILTER(SECTIONS, float32, float)                                                               \
    FILTER(SECTIONS, float64, double)                                                              \
    KERNEL start_states_##SECTIONS(const double* over_block, int64 channels, int64 blocks,         \
                                   double* states)                                                 \
    {                                                                                              \
        start_states<SECTIONS>(over_block, channels, blocks, states);                              \
    }

FILTERS(1)
FILTERS(2)
FILTERS(3)
FILTERS(4)
