// Lanes that share a row.
#define LANES 32

// Along a run: `each` is done with each value.
#define ALONG(each)                                                                                                    \
    for (uint run = starts[pixel]; run < starts[pixel + 1]; run++) {                                                   \
        global const long *place = places + 6 * (size_t)run;                                                           \
        long x = place[0], y = place[1], z = place[2], by_x = place[3], by_y = place[4], by_z = place[5];              \
        uint4 span = spans[run];                                                                                       \
        count += (float)(span.y - span.x);                                                                             \
        _Pragma("unroll 2") for (uint number = span.x; number < span.y; number++) {                                    \
            float value = linear(grid, x, y, z);                                                                       \
            each;                                                                                                      \
            x += by_x, y += by_y, z += by_z;                                                                           \
        }                                                                                                              \
    }

// One line of places for each pixel: all values along it made one.
kernel void project(global const SAMPLE *samples, int4 size, float slope, float intercept,
                    global const uint *starts, global const uint4 *spans, global const long *places,
                    int intensity, float outside, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, slope, intercept};
    size_t pixel = get_global_id(0) + (size_t)width * get_global_id(1);
    float together = nothing(intensity), rest = 0.0f, count = 0.0f;
    if (intensity == MAXIMUM) ALONG(together = value > together ? value : together)
    else if (intensity == MINIMUM) ALONG(together = value < together ? value : together)
    else ALONG(add(&together, &rest, value))
    if (intensity == AVERAGE) together = together / count - rest / count;
    bool none = count == 0.0f || (intensity != AVERAGE && !isfinite(together));
    values[pixel] = none ? outside : measured(grid, together);
}

// Samples `first`, `first + by`, … before `end` made one; several are on their way at a time.
#define STRIDE(each)                                                                                                   \
    _Pragma("unroll 8") for (int number = first; number < end; number += by) {                                         \
        float value = (float)samples[start + (size_t)number * step];                                                   \
        each;                                                                                                          \
    }
void gather(global const SAMPLE *samples, size_t start, size_t step, int first, int end, int by, int intensity,
            float *together, float *rest) {
    float most = *together;
    if (intensity == MAXIMUM) STRIDE(most = value > most ? value : most)
    else if (intensity == MINIMUM) STRIDE(most = value < most ? value : most)
    else STRIDE(add(&most, rest, value))
    *together = most;
}

// All samples along an axis made one, unless it is that of the columns.
kernel void flatten(global const SAMPLE *samples, int4 size, float slope, float intercept,
                    int axis, int intensity, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, slope, intercept};
    int one = get_global_id(0), other = get_global_id(1);
    if (one >= width) return;
    size_t row = size.x, slice = row * size.y;
    float together = nothing(intensity), rest = 0.0f;
    int count = axis == 1 ? size.y : size.z;
    size_t start = one + (axis == 1 ? slice : row) * (size_t)other;
    gather(samples, start, axis == 1 ? row : slice, 0, count, 1, intensity, &together, &rest);
    if (intensity == AVERAGE) together = together / (float)count - rest / (float)count;
    values[one + (size_t)width * other] = isinf(together) ? NAN : measured(grid, together);
}

// All samples of a row made one. Lanes read samples beside one another, and halve their number until one is left.
kernel __attribute__((reqd_work_group_size(LANES, 1, 1)))
void flatten_rows(global const SAMPLE *samples, int4 size, float slope, float intercept, int intensity,
                  global float *values) {
    Grid grid = {samples, size.x, size.y, size.z, slope, intercept};
    local float sums[LANES], rests[LANES];
    int lane = get_local_id(0);
    size_t row = get_global_id(1);
    float together = nothing(intensity), rest = 0.0f;
    gather(samples, row * size.x, 1, lane, size.x, LANES, intensity, &together, &rest);
    for (int half_lanes = LANES / 2; half_lanes > 0; half_lanes /= 2) {
        sums[lane] = together;
        rests[lane] = rest;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < half_lanes) {
            float value = sums[lane + half_lanes];
            if (intensity == MAXIMUM) together = value > together ? value : together;
            else if (intensity == MINIMUM) together = value < together ? value : together;
            else {
                add(&together, &rest, value);
                add(&together, &rest, -rests[lane + half_lanes]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane > 0) return;
    if (intensity == AVERAGE) together = together / (float)size.x - rest / (float)size.x;
    values[row] = isinf(together) ? NAN : measured(grid, together);
}
