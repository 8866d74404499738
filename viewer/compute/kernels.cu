// Kernels of `CupyBackend`, in CUDA C++ for NVRTC (no headers). What all have in common comes first,
// then bins, scaling and thresholds; medians.cu and filters.cu follow, compiled with it as one.
//
// Samples are time-major: neighbouring threads take neighbouring channels, so that a warp reads
// whole lines of memory, and each thread walks along time. `stride` is how many values lie from
// one sample of a channel to its next; it is negative where time runs backwards.
//
// All kernels take pointers and 64-bit integers only, and use no shared memory but what the launch
// gives them: so tests can run them on a CPU, thread by thread (tests/viewer/compute).

typedef long long int64;
typedef unsigned long long uint64;
typedef unsigned int uint32;

#define KERNEL extern "C" __global__ void

__device__ inline int64 thread_number() { return (int64)blockIdx.x * blockDim.x + threadIdx.x; }

// ---- Least and greatest of bins -----------------------------------------------------------------

// Of two int16 in each word: where channels are even in number and lie well, a thread takes two,
// four or eight of them at a load.
template <int WORDS>
struct alignas(4 * WORDS) Shorts {
    uint32 word[WORDS];
};

template <typename T>
__device__ inline T least(T a, T b) { return b < a ? b : a; }
template <typename T>
__device__ inline T greatest(T a, T b) { return a < b ? b : a; }

// Those of floats pass over NaN.
__device__ inline float least(float a, float b) { return fminf(a, b); }
__device__ inline float greatest(float a, float b) { return fmaxf(a, b); }
__device__ inline double least(double a, double b) { return fmin(a, b); }
__device__ inline double greatest(double a, double b) { return fmax(a, b); }

template <int WORDS>
__device__ inline Shorts<WORDS> least(Shorts<WORDS> a, Shorts<WORDS> b)
{
#pragma unroll
    for (int i = 0; i < WORDS; i++) a.word[i] = __vmins2(a.word[i], b.word[i]);
    return a;
}

template <int WORDS>
__device__ inline Shorts<WORDS> greatest(Shorts<WORDS> a, Shorts<WORDS> b)
{
#pragma unroll
    for (int i = 0; i < WORDS; i++) a.word[i] = __vmaxs2(a.word[i], b.word[i]);
    return a;
}

// A thread makes one bin of one channel, or of the few channels that a `T` holds. Of samples,
// `low` and `high` are the same, and read once.
template <bool SAMPLES, typename T>
__device__ inline void extremes(const T* __restrict__ low, const T* __restrict__ high,
                                int64 stride, int64 rows, int64 channels, int64 count,
                                T* __restrict__ out)
{
    const int64 i = thread_number(), bin = i / channels, channel = i - bin * channels;
    const int64 first = bin * count;
    if (first >= rows) return;
    const int64 size = rows - first < count ? rows - first : count;
    low += first * stride + channel;
    high += first * stride + channel;
    T lowest = *low, highest = SAMPLES ? lowest : *high;
#pragma unroll 8
    for (int64 row = 1; row < size; row++) {
        const T value = low[row * stride];
        lowest = least(lowest, value);
        highest = greatest(highest, SAMPLES ? value : high[row * stride]);
    }
    out[2 * bin * channels + channel] = lowest;
    out[(2 * bin + 1) * channels + channel] = highest;
}

// Shapes: samples (rows, channels), bins (rows, 2, channels), out (bins, 2, channels). With vectors
// `stride` and `channels` count vectors.
#define EXTREMES(NAME, T)                                                                          \
    KERNEL minmax_##NAME(const T* samples, int64 stride, int64 rows, int64 channels, int64 count,  \
                         T* out)                                                                   \
    {                                                                                              \
        extremes<true>(samples, samples, stride, rows, channels, count, out);                      \
    }                                                                                              \
    KERNEL coarser_##NAME(const T* bins, int64 stride, int64 rows, int64 channels, int64 factor,   \
                          T* out)                                                                  \
    {                                                                                              \
        extremes<false>(bins, bins + channels, stride, rows, channels, factor, out);               \
    }

EXTREMES(int8, signed char)
EXTREMES(uint8, unsigned char)
EXTREMES(int16, short)
EXTREMES(int16x2, Shorts<1>)
EXTREMES(int16x4, Shorts<2>)
EXTREMES(int16x8, Shorts<4>)
EXTREMES(uint16, unsigned short)
EXTREMES(int32, int)
EXTREMES(uint32, uint32)
EXTREMES(int64, int64)
EXTREMES(uint64, uint64)
EXTREMES(float32, float)
EXTREMES(float64, double)

// ---- Scaling ------------------------------------------------------------------------------------

// Rounded after each step, never fused, so that the values are NumPy's to the last bit.
__device__ inline float scaled(float raw, float gain, float offset)
{
    return __fadd_rn(__fmul_rn(raw, gain), offset);
}
__device__ inline double scaled(double raw, double gain, double offset)
{
    return __dadd_rn(__dmul_rn(raw, gain), offset);
}

// A thread keeps to its channel and takes every `lanes`-th row.
#define SCALE(NAME, T, WIDE)                                                                       \
    KERNEL scale_##NAME(const T* raw, int64 stride, int64 rows, int64 channels, int64 lanes,       \
                        const WIDE* gain, const WIDE* offset, float* out)                          \
    {                                                                                              \
        const int64 lane = thread_number() / channels;                                             \
        const int64 channel = thread_number() - lane * channels;                                   \
        if (lane >= lanes) return;                                                                 \
        const WIDE by = gain[channel], plus = offset[channel];                                     \
        _Pragma("unroll 4") for (int64 row = lane; row < rows; row += lanes)                       \
        {                                                                                          \
            out[row * channels + channel] =                                                        \
                (float)scaled((WIDE)raw[row * stride + channel], by, plus);                        \
        }                                                                                          \
    }

SCALE(int8, signed char, float)
SCALE(uint8, unsigned char, float)
SCALE(int16, short, float)
SCALE(uint16, unsigned short, float)
SCALE(int32, int, double)
SCALE(uint32, uint32, double)
SCALE(int64, int64, double)
SCALE(uint64, uint64, double)
SCALE(float32, float, float)
SCALE(float64, double, double)

// ---- Samples beyond a threshold -----------------------------------------------------------------

const int64 DOWN = 1, UP = 2;

// Which they are, as ``channel * rows + row``, in no order. All are counted, and as many of them
// written as there is room for.
KERNEL beyond(const float* x, int64 stride, int64 rows, int64 channels, int64 lanes,
              const float* threshold, int64 sides, int64 room, uint64* count, int64* places,
              float* values)
{
    const int64 lane = thread_number() / channels, channel = thread_number() - lane * channels;
    if (lane >= lanes) return;
    const float limit = threshold[channel];
#pragma unroll 4
    for (int64 row = lane; row < rows; row += lanes) {
        const float value = x[row * stride + channel];
        if ((sides & DOWN && value < -limit) || (sides & UP && value > limit)) {
            const int64 at = (int64)atomicAdd(count, 1ull);
            if (at < room) {
                places[at] = channel * rows + row;
                values[at] = value;
            }
        }
    }
}
