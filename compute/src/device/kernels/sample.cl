// Values between samples. Places are 32 bits of an index and 32 bits of a fraction, as on the CPU, and every step rounds as
// there: results are the same to the bit. SAMPLE is the type of the samples. With `has_padding` samples that are `padding`,
// or no numbers, are none.
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
    int columns, rows, slices, has_padding;
    float slope, intercept, padding;
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

int is_padding(Grid grid, float stored) {
    return grid.has_padding && (stored == grid.padding || isnan(stored));
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

float along_row(Grid grid, int x, int next, int y, int z, float across) {
    float near = sample(grid, x, y, z), far = sample(grid, next, y, z);
    return near + (far - near) * across;
}

// The same where no place has to be moved: most places. The whole numbers are the places' upper halves.
float linear_inside(Grid grid, int3 whole, long at_x, long at_y, long at_z) {
    size_t row = grid.columns, slice = row * grid.rows;
    global const SAMPLE *first = grid.samples + whole.x + row * whole.y + slice * whole.z;
    float across = (float)(int)((uint)at_x >> 8) * (1.0f / 16777216.0f);
    float down = (float)(int)((uint)at_y >> 8) * (1.0f / 16777216.0f);
    float up = (float)(int)((uint)at_z >> 8) * (1.0f / 16777216.0f);
    global const SAMPLE *next = first + slice;
    float a = first[0], b = first[1], c = first[row], d = first[row + 1];
    float e = next[0], f = next[1], g = next[row], h = next[row + 1];
    float near = a + (b - a) * across, far = e + (f - e) * across;
    near = near + ((c + (d - c) * across) - near) * down;
    far = far + ((g + (h - g) * across) - far) * down;
    return near + (far - near) * up;
}

// The linear value of the samples around that were measured; no number where the nearest is none.
float linear_measured(Grid grid, long at_x, long at_y, long at_z) {
    float here = nearest(grid, at_x, at_y, at_z);
    if (is_padding(grid, here)) return NAN;
    float parts[3], sum = 0.0f, weights = 0.0f;
    int x = held(at_x, grid.columns, &parts[0]), y = held(at_y, grid.rows, &parts[1]);
    int z = held(at_z, grid.slices, &parts[2]);
    for (int corner = 0; corner < 8; corner++) {
        int far_x = corner & 1, far_y = corner >> 1 & 1, far_z = corner >> 2;
        float weight = (far_x ? parts[0] : 1.0f - parts[0]) * (far_y ? parts[1] : 1.0f - parts[1])
            * (far_z ? parts[2] : 1.0f - parts[2]);
        float value = sample(grid, min(x + far_x, grid.columns - 1), min(y + far_y, grid.rows - 1),
                             min(z + far_z, grid.slices - 1));
        if (is_padding(grid, value)) continue;
        sum += weight * (value - here);
        weights += weight;
    }
    return here + sum / weights;
}

float linear(Grid grid, long at_x, long at_y, long at_z) {
    if (grid.has_padding) return linear_measured(grid, at_x, at_y, at_z);
    int3 whole = (int3)((int)(at_x >> 32), (int)(at_y >> 32), (int)(at_z >> 32));
    // Below 0 is very large.
    if ((uint)whole.x < (uint)grid.columns - 1 && (uint)whole.y < (uint)grid.rows - 1
        && (uint)whole.z < (uint)grid.slices - 1) {
        return linear_inside(grid, whole, at_x, at_y, at_z);
    }
    float across, down, up;
    int x = held(at_x, grid.columns, &across), y = held(at_y, grid.rows, &down), z = held(at_z, grid.slices, &up);
    int next_x = min(x + 1, grid.columns - 1), next_y = min(y + 1, grid.rows - 1), next_z = min(z + 1, grid.slices - 1);
    float near = along_row(grid, x, next_x, y, z, across);
    near = near + (along_row(grid, x, next_x, next_y, z, across) - near) * down;
    float far = along_row(grid, x, next_x, y, next_z, across);
    far = far + (along_row(grid, x, next_x, next_y, next_z, across) - far) * down;
    return near + (far - near) * up;
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

// The same for a cubic value of these samples: where padding has a part in it that is more than what rounding may do, it is the
// linear value.
float cubic_measured(Grid grid, long at_x, long at_y, long at_z, int *x, int *y, int *z, float *across, float *down,
                     float *up) {
    const float slack = 1.0f / 1048576.0f;
    float here = nearest(grid, at_x, at_y, at_z), sum = 0.0f;
    for (int tap = 0; tap < 64; tap++) {
        int column = tap & 3, row = tap >> 2 & 3, slice = tap >> 4;
        float value = sample(grid, x[column], y[row], z[slice]);
        if (!is_padding(grid, value)) sum += up[slice] * down[row] * across[column] * (value - here);
        else if (fabs(across[column]) > slack && fabs(down[row]) > slack && fabs(up[slice]) > slack)
            return linear_measured(grid, at_x, at_y, at_z);
    }
    return here + sum;
}

float cubic(Grid grid, long at_x, long at_y, long at_z) {
    int x[4], y[4], z[4];
    float across[4], down[4], up[4], sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    taps(at_x, grid.columns, x, across);
    taps(at_y, grid.rows, y, down);
    taps(at_z, grid.slices, z, up);
    if (grid.has_padding) return cubic_measured(grid, at_x, at_y, at_z, x, y, z, across, down, up);
    for (int slice = 0; slice < 4; slice++) {
        for (int row = 0; row < 4; row++) {
            float weight = up[slice] * down[row];
            for (int column = 0; column < 4; column++) sums[column] += weight * sample(grid, x[column], y[row], z[slice]);
        }
    }
    return sums[0] * across[0] + sums[1] * across[1] + sums[2] * across[2] + sums[3] * across[3];
}

// No number where there is none for padding.
float between(Grid grid, int interpolation, long x, long y, long z) {
    if (interpolation == NEAREST) {
        float value = nearest(grid, x, y, z);
        return is_padding(grid, value) ? NAN : value;
    }
    return interpolation == LINEAR ? linear(grid, x, y, z) : cubic(grid, x, y, z);
}

// Whether a value says that there is none.
int has_none(Grid grid, float value) {
    return grid.has_padding && isnan(value);
}

// A sum that keeps what rounding leaves out, apart.
void add(float *sum, float *rest, float value) {
    float more = value - *rest, whole = *sum + more;
    *rest = (whole - *sum) - more;
    *sum = whole;
}
