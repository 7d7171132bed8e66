// Values between samples. Places are 32 bits of an index and 32 bits of a fraction, as on the CPU, and every step rounds as
// there: results are the same to the bit. SAMPLE is the type of the samples.
#pragma OPENCL FP_CONTRACT OFF

#define ONE (1L << 32)
#define NEAREST 0
#define LINEAR 1
#define CUBIC 2
#define MAXIMUM 0
#define MINIMUM 1
#define AVERAGE 2

typedef struct {
    global const SAMPLE *samples;
    int columns, rows, slices;
    float slope, intercept;
} Grid;

float sample(Grid grid, int x, int y, int z) {
    return (float)grid.samples[x + (size_t)grid.columns * (y + (size_t)grid.rows * z)];
}

float measured(Grid grid, float stored) {
    return grid.slope * stored + grid.intercept;
}

int nearest_on(long at, int count) {
    return (int)clamp((at + ONE / 2 + (ONE >> 20)) >> 32, 0L, (long)count - 1);
}

float nearest(Grid grid, long x, long y, long z) {
    return sample(grid, nearest_on(x, grid.columns), nearest_on(y, grid.rows), nearest_on(z, grid.slices));
}

// The sample before a place, moved to the edge where it is beyond it, and how far it is to the next one, from 0 to 1.
int held(long at, int count, float *part) {
    at = clamp(at, 0L, ((long)count - 1) << 32);
    long first = min(at >> 32, max((long)count - 2, 0L));
    *part = (float)(int)((at - (first << 32)) >> 8) * (1.0f / 16777216.0f);
    return (int)first;
}

float mixed(float low, float high, float part) {
    return low + (high - low) * part;
}

// Between eight samples: two along a row, in the next row, and the same in the next slice.
float between_eight(float8 of, float across, float down, float up) {
    float near = mixed(mixed(of.s0, of.s1, across), mixed(of.s2, of.s3, across), down);
    float far = mixed(mixed(of.s4, of.s5, across), mixed(of.s6, of.s7, across), down);
    return mixed(near, far, up);
}

// The fraction of a place that is not beyond the edge.
float fraction(long at) {
    return (float)(int)((uint)at >> 8) * (1.0f / 16777216.0f);
}

// Whether `before` samples before a place, and `after` after the one before it, are there.
bool among(long at, int count, int before, int after) {
    return (uint)((int)(at >> 32) - before) < (uint)max(count - before - after, 0);
}

float linear(Grid grid, long at_x, long at_y, long at_z) {
    // Most places are not at the edge, and need less.
    if (among(at_x, grid.columns, 0, 1) && among(at_y, grid.rows, 0, 1) && among(at_z, grid.slices, 0, 1)) {
        size_t row = grid.columns, slice = row * grid.rows;
        global const SAMPLE *near = grid.samples + (at_x >> 32) + row * (at_y >> 32) + slice * (at_z >> 32);
        global const SAMPLE *far = near + slice;
        float8 of = (float8)(near[0], near[1], near[row], near[row + 1], far[0], far[1], far[row], far[row + 1]);
        return between_eight(of, fraction(at_x), fraction(at_y), fraction(at_z));
    }
    float across, down, up;
    int x = held(at_x, grid.columns, &across), y = held(at_y, grid.rows, &down), z = held(at_z, grid.slices, &up);
    int next_x = min(x + 1, grid.columns - 1), next_y = min(y + 1, grid.rows - 1), next_z = min(z + 1, grid.slices - 1);
    float8 of = (float8)(sample(grid, x, y, z), sample(grid, next_x, y, z), sample(grid, x, next_y, z),
                         sample(grid, next_x, next_y, z), sample(grid, x, y, next_z), sample(grid, next_x, y, next_z),
                         sample(grid, x, next_y, next_z), sample(grid, next_x, next_y, next_z));
    return between_eight(of, across, down, up);
}

// Half the difference of the values one sample after a place and one before, along each axis.
float3 gradient(Grid grid, long x, long y, long z) {
    if (!(among(x, grid.columns, 1, 2) && among(y, grid.rows, 1, 2) && among(z, grid.slices, 1, 2))) {
        return 0.5f * (float3)(linear(grid, x + ONE, y, z) - linear(grid, x - ONE, y, z),
                               linear(grid, x, y + ONE, z) - linear(grid, x, y - ONE, z),
                               linear(grid, x, y, z + ONE) - linear(grid, x, y, z - ONE));
    }
    // The six values have samples in common: 32 reads instead of 48.
    size_t row = grid.columns, slice = row * grid.rows;
    global const SAMPLE *a = grid.samples + (x >> 32) + row * (y >> 32) + slice * (z >> 32);
    global const SAMPLE *b = a + row, *c = a + slice, *d = c + row;
    float across = fraction(x), down = fraction(y), up = fraction(z);
    float a0 = a[0], a1 = a[1], b0 = b[0], b1 = b[1], c0 = c[0], c1 = c[1], d0 = d[0], d1 = d[1];
    float8 right = (float8)(a1, a[2], b1, b[2], c1, c[2], d1, d[2]);
    float8 left = (float8)(a[-1], a0, b[-1], b0, c[-1], c0, d[-1], d0);
    global const SAMPLE *low = b + row, *low_far = d + row, *high = a - row, *high_far = c - row;
    float8 below = (float8)(b0, b1, low[0], low[1], d0, d1, low_far[0], low_far[1]);
    float8 above = (float8)(high[0], high[1], a0, a1, high_far[0], high_far[1], c0, c1);
    global const SAMPLE *behind = c + slice, *before = a - slice;
    float8 after = (float8)(c0, c1, d0, d1, behind[0], behind[1], behind[row], behind[row + 1]);
    float8 first = (float8)(before[0], before[1], before[row], before[row + 1], a0, a1, b0, b1);
    return 0.5f * (float3)(between_eight(right, across, down, up) - between_eight(left, across, down, up),
                           between_eight(below, across, down, up) - between_eight(above, across, down, up),
                           between_eight(after, across, down, up) - between_eight(first, across, down, up));
}

// Four samples along an axis and how much each counts; what is beyond the edge is put on the two samples at the edge.
void taps(long at, int count, int *places, float *weights) {
    float t;
    int first = held(at, count, &t), last = count - 1;
    weights[0] = ((-0.5f * t + 1.0f) * t - 0.5f) * t;
    weights[1] = (1.5f * t - 2.5f) * t * t + 1.0f;
    weights[2] = ((-1.5f * t + 2.0f) * t + 0.5f) * t;
    weights[3] = (0.5f * t - 0.5f) * t * t;
    if (count == 1) {
        weights[0] = weights[2] = weights[3] = 0.0f;
        weights[1] = 1.0f;
    } else {
        if (first == 0) {
            weights[1] = weights[1] + 2.0f * weights[0];
            weights[2] = weights[2] - weights[0];
            weights[0] = 0.0f;
        }
        if (first + 2 > last) {
            weights[2] = weights[2] + 2.0f * weights[3];
            weights[1] = weights[1] - weights[3];
            weights[3] = 0.0f;
        }
    }
    for (int tap = 0; tap < 4; tap++) places[tap] = clamp(first - 1 + tap, 0, last);
}

float cubic(Grid grid, long at_x, long at_y, long at_z) {
    int x[4], y[4], z[4];
    float across[4], down[4], up[4], sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    taps(at_x, grid.columns, x, across);
    taps(at_y, grid.rows, y, down);
    taps(at_z, grid.slices, z, up);
    for (int slice = 0; slice < 4; slice++) {
        for (int row = 0; row < 4; row++) {
            float weight = up[slice] * down[row];
            for (int column = 0; column < 4; column++) sums[column] += weight * sample(grid, x[column], y[row], z[slice]);
        }
    }
    return sums[0] * across[0] + sums[1] * across[1] + sums[2] * across[2] + sums[3] * across[3];
}

float between(Grid grid, int interpolation, long x, long y, long z) {
    if (interpolation == NEAREST) return nearest(grid, x, y, z);
    return interpolation == LINEAR ? linear(grid, x, y, z) : cubic(grid, x, y, z);
}

// A sum that keeps what rounding leaves out, apart.
void add(float *sum, float *rest, float value) {
    float more = value - *rest, whole = *sum + more;
    *rest = (whole - *sum) - more;
    *sum = whole;
}

// What is before any value.
float nothing(int intensity) {
    return intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f;
}
