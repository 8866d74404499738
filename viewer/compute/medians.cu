// Reference and noise: averages and medians. Follows kernels.cu.

// ---- Order of floats ----------------------------------------------------------------------------

// Keys are unsigned and rise as the floats do: a negative float has all bits turned over, another
// its sign bit set. NaN, which counts for nothing, comes last.
const uint32 MISSING = 0xFFFFFFFFu;
const uint32 SIGN = 0x80000000u;

__device__ inline uint32 key_of(float value)
{
    const uint32 bits = __float_as_uint(value);
    if (value != value) return MISSING;
    return bits & SIGN ? ~bits : bits | SIGN;
}

__device__ inline float value_of(uint32 key)
{
    return __uint_as_float(key & SIGN ? key ^ SIGN : ~key);
}

__device__ inline double halfway(uint32 low, uint32 high)
{
    return ((double)value_of(low) + (double)value_of(high)) * 0.5;
}

// ---- Reference: less the average or the median of channels --------------------------------------

const int WARP = 32;
const uint32 ALL = 0xFFFFFFFFu;

template <typename T>
__device__ inline T sum_of_warp(T value)
{
#pragma unroll
    for (int apart = WARP / 2; apart; apart /= 2) value += __shfl_xor_sync(ALL, value, apart);
    return value;
}

// A group's values at one sample: a warp has one sample, and each lane every 32nd member.
struct Members {
    const float* row;
    const int64* channel;
    int64 count;
    int lane;

    __device__ float operator[](int64 i) const { return row[channel[i]]; }
};

__device__ inline void subtract(const Members& members, float centre, float* out)
{
    for (int64 i = members.lane; i < members.count; i += WARP)
        out[members.channel[i]] = __fadd_rn(members[i], -centre);
}

KERNEL less_average(const float* x, int64 stride, int64 rows, int64 channels,
                    const int64* group, int64 count, float* out)
{
    const int64 row = thread_number() / WARP;
    if (row >= rows) return;
    const Members members = {x + row * stride, group, count, (int)(threadIdx.x % WARP)};
    double total = 0;
    uint32 present = 0;
    for (int64 i = members.lane; i < count; i += WARP) {
        const float value = members[i];
        if (value != value) continue;
        total += value;
        present++;
    }
    total = sum_of_warp(total);
    present = sum_of_warp(present);
    subtract(members, (float)(total / (present ? present : 1)), out + row * channels);
}

// The keys of a group, each lane's own: in shared memory where they fit, else made anew each time.
extern __shared__ uint32 shared_words[];

struct Keys {
    Members members;
    uint32* kept;

    __device__ uint32 operator[](int64 i) const { return kept ? kept[i] : key_of(members[i]); }

    __device__ uint32 below(uint32 limit) const
    {
        uint32 number = 0;
        for (int64 i = members.lane; i < members.count; i += WARP) number += (*this)[i] < limit;
        return sum_of_warp(number);
    }

    // The key of which `rank` others are less, bit by bit from the highest.
    __device__ uint32 at(uint32 rank) const
    {
        uint32 key = 0;
        for (uint32 bit = SIGN; bit; bit >>= 1)
            if (below(key | bit) <= rank) key |= bit;
        return key;
    }

    // The least key above another.
    __device__ uint32 after(uint32 key) const
    {
        uint32 next = MISSING;
        for (int64 i = members.lane; i < members.count; i += WARP)
            if ((*this)[i] > key) next = least(next, (*this)[i]);
#pragma unroll
        for (int apart = WARP / 2; apart; apart /= 2)
            next = least(next, __shfl_xor_sync(ALL, next, apart));
        return next;
    }
};

KERNEL less_median(const float* x, int64 stride, int64 rows, int64 channels,
                   const int64* group, int64 count, int64 keep, float* out)
{
    const int64 row = thread_number() / WARP;
    if (row >= rows) return;
    const Members members = {x + row * stride, group, count, (int)(threadIdx.x % WARP)};
    uint32* mine = shared_words + threadIdx.x / WARP * count;
    if (keep)
        for (int64 i = members.lane; i < count; i += WARP) mine[i] = key_of(members[i]);
    const Keys keys = {members, keep ? mine : nullptr};
    const uint32 present = keys.below(MISSING);
    uint32 low = MISSING, high = MISSING;
    if (present) {
        const uint32 rank = (present - 1) / 2;
        low = high = keys.at(rank);
        if (present % 2 == 0 && keys.below(low + 1) == rank + 1) high = keys.after(low);
    }
    subtract(members, (float)halfway(low, high), out + row * channels);
}

// ---- Noise: the median deviation of each channel ------------------------------------------------

const int DIGITS = 256;

// A channel's keys, for a whole block: of its values, or of how far they are from a centre.
struct Column {
    const float* x;
    int64 stride, rows;
    bool deviations;
    float centre;

    __device__ uint32 operator[](int64 row) const
    {
        const float value = x[row * stride];
        return key_of(deviations ? fabsf(__fadd_rn(value, -centre)) : value);
    }
};

// The middle of a column's keys: the digits of eight bits, from the highest, are counted among
// those keys whose higher digits are the middle key's.
__device__ double middle(const Column& column)
{
    uint32* digits = shared_words;
    uint32* next = shared_words + DIGITS; // and the number of keys, before
    if (threadIdx.x == 0) *next = 0;
    __syncthreads();
    uint32 present = 0;
    for (int64 row = threadIdx.x; row < column.rows; row += blockDim.x)
        present += column[row] != MISSING;
    atomicAdd(next, present);
    __syncthreads();
    present = *next;
    __syncthreads();
    if (!present) return value_of(MISSING);

    uint32 rank = (present - 1) / 2, key = 0, known = 0, equal = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        for (int i = threadIdx.x; i < DIGITS; i += blockDim.x) digits[i] = 0;
        if (threadIdx.x == 0) *next = MISSING;
        __syncthreads();
        for (int64 row = threadIdx.x; row < column.rows; row += blockDim.x) {
            const uint32 other = column[row];
            if ((other & known) == key) atomicAdd(digits + (other >> shift) % DIGITS, 1u);
        }
        __syncthreads();
        uint32 digit = 0;
        while (rank >= digits[digit]) rank -= digits[digit++];
        equal = digits[digit];
        key |= digit << shift;
        known |= (DIGITS - 1u) << shift;
        __syncthreads();
    }
    uint32 high = key;
    if (present % 2 == 0 && rank + 1 == equal) {
        for (int64 row = threadIdx.x; row < column.rows; row += blockDim.x)
            if (column[row] > key) atomicMin(next, column[row]);
        __syncthreads();
        high = *next;
        __syncthreads();
    }
    return halfway(key, high);
}

// One block a channel. Neighbouring blocks read the same lines of memory at about the same time,
// so that most come from the cache.
KERNEL median_deviation(const float* x, int64 stride, int64 rows, double* out)
{
    const float* first = x + blockIdx.x;
    const float centre = (float)middle({first, stride, rows, false, 0});
    const double deviation = middle({first, stride, rows, true, centre});
    if (threadIdx.x == 0) out[blockIdx.x] = deviation;
}
