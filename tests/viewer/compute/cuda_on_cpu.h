// As much of CUDA as our kernels use, on a CPU, to test their arithmetic without a device.
//
// Included before them and compiled as C++. Blocks run one after the other; the threads of a
// block are fibers, of which each runs until it waits for others at a barrier, so that what they
// do together (shared memory, shuffles) is what a device does. Threads that wait for ever are an
// error here, and so is a barrier that not all of a block's threads come to. A device promises no
// order: here the last comes first, so that what counts on the order of numbers goes wrong.

#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __shared__

struct Index {
    unsigned x;
};
static Index threadIdx, blockIdx, blockDim;

// What the launch gives a block, as the kernels declare it.
unsigned shared_words[12 << 10];

// ---- Threads as fibers --------------------------------------------------------------------------

struct Barrier {
    unsigned size = 0, waiting = 0, turn = 0;
};

struct Fiber {
    ucontext_t context;
    std::vector<char> stack = std::vector<char>(32 << 10);
    bool done;
};

static ucontext_t scheduler;
static std::vector<Fiber> fibers(512); // as many as a block of ours has at most
static Barrier of_block, of_warp[32];
static uint64_t said[512]; // what each thread tells the others of its warp
static bool progress;

static void wait_at(Barrier& barrier)
{
    const unsigned turn = barrier.turn, me = threadIdx.x;
    if (++barrier.waiting == barrier.size) {
        barrier.waiting = 0;
        barrier.turn++;
        progress = true;
    }
    while (barrier.turn == turn) swapcontext(&fibers[me].context, &scheduler);
}

inline void __syncthreads() { wait_at(of_block); }

template <typename T>
T __shfl_xor_sync(unsigned, T value, int apart)
{
    Barrier& warp = of_warp[threadIdx.x / 32];
    std::memcpy(&said[threadIdx.x], &value, sizeof value);
    wait_at(warp);
    std::memcpy(&value, &said[threadIdx.x ^ apart], sizeof value);
    wait_at(warp);
    return value;
}

// ---- Arithmetic ---------------------------------------------------------------------------------

inline unsigned __float_as_uint(float value)
{
    unsigned bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float __uint_as_float(unsigned bits)
{
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }

// Of each of the two int16 in a word.
template <typename Choose>
unsigned each_half(unsigned a, unsigned b, Choose choose)
{
    int16_t x[2], y[2];
    std::memcpy(x, &a, sizeof x);
    std::memcpy(y, &b, sizeof y);
    for (int i = 0; i < 2; i++) x[i] = choose(x[i], y[i]);
    std::memcpy(&a, x, sizeof x);
    return a;
}

inline unsigned __vmins2(unsigned a, unsigned b)
{
    return each_half(a, b, [](int16_t x, int16_t y) { return x < y ? x : y; });
}
inline unsigned __vmaxs2(unsigned a, unsigned b)
{
    return each_half(a, b, [](int16_t x, int16_t y) { return x > y ? x : y; });
}

template <typename T>
T atomicAdd(T* at, T value)
{
    const T before = *at;
    *at += value;
    return before;
}

inline void atomicMin(unsigned* at, unsigned value) { *at = value < *at ? value : *at; }

// ---- Launching ----------------------------------------------------------------------------------

// All kernels take 64-bit integers and pointers, so a pointer can be passed as an integer.
static void* kernel;
static const int64_t* arguments;
static int64_t argument_count;

template <size_t... I>
static void call(std::index_sequence<I...>)
{
    ((void (*)(decltype((int64_t)I)...))kernel)(arguments[I]...);
}

template <size_t N = 12>
static void call_with_count()
{
    if (argument_count == N) return call(std::make_index_sequence<N>());
    if constexpr (N > 0) call_with_count<N - 1>();
}

static void run_fiber()
{
    call_with_count();
    fibers[threadIdx.x].done = progress = true;
}

// Returns 0, or 1 where threads of a block wait for what never comes.
extern "C" int run_kernel(void* function, int64_t grid, int64_t block, int64_t count,
                          const int64_t* args)
{
    kernel = function;
    arguments = args;
    argument_count = count;
    blockDim.x = (unsigned)block;
    for (blockIdx.x = (unsigned)grid; blockIdx.x-- > 0;) {
        std::memset(shared_words, 0xA5, sizeof shared_words); // of the block before, nothing stays
        of_block = {(unsigned)block};
        for (int w = 0; w < 32; w++) of_warp[w] = {32};
        for (int t = 0; t < block; t++) {
            getcontext(&fibers[t].context);
            fibers[t].done = false;
            fibers[t].context.uc_stack.ss_sp = fibers[t].stack.data();
            fibers[t].context.uc_stack.ss_size = fibers[t].stack.size();
            fibers[t].context.uc_link = &scheduler;
            makecontext(&fibers[t].context, run_fiber, 0);
        }
        for (int64_t running = block; running;) {
            running = 0;
            progress = false;
            for (int64_t t = block; t-- > 0;) {
                if (fibers[t].done) continue;
                threadIdx.x = (unsigned)t;
                swapcontext(&scheduler, &fibers[t].context);
                running += !fibers[t].done;
            }
            if (running && !progress) return 1;
        }
    }
    return 0;
}
