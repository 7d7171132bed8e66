// One line of places for each pixel: all values along it made one.
kernel void project(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding,
                    global const uint *starts, global const uint4 *spans, global const long *places,
                    int intensity, float outside, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    size_t pixel = get_global_id(0) + (size_t)width * get_global_id(1);
    float together = intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f;
    float rest = 0.0f, count = 0.0f;
    for (uint run = starts[pixel]; run < starts[pixel + 1]; run++) {
        global const long *place = places + 6 * (size_t)run;
        long x = place[0], y = place[1], z = place[2];
        for (uint number = spans[run].x; number < spans[run].y; number++) {
            float value = linear(grid, x, y, z);
            if (!has_none(grid, value)) {
                if (intensity == MAXIMUM) together = value > together ? value : together;
                else if (intensity == MINIMUM) together = value < together ? value : together;
                else add(&together, &rest, value);
                count += 1.0f;
            }
            x += place[3];
            y += place[4];
            z += place[5];
        }
    }
    if (intensity == AVERAGE) together = together / count - rest / count;
    bool none = count == 0.0f || (intensity != AVERAGE && !isfinite(together));
    values[pixel] = none ? outside : measured(grid, together);
}

float gathered(float together, float *rest, int intensity, float value) {
    if (intensity == MAXIMUM) return value > together ? value : together;
    if (intensity == MINIMUM) return value < together ? value : together;
    add(&together, rest, value);
    return together;
}

// All samples along columns or slices made one: neighbours in a row are met by neighbours.
kernel void flatten(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding,
                    int axis, int intensity, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    size_t row = size.x, slice = row * size.y;
    size_t step = axis == 1 ? row : slice;
    int count = axis == 1 ? size.y : size.z;
    float values_there = (float)count;
    global const SAMPLE *at = samples + get_global_id(0) + (axis == 1 ? slice : row) * get_global_id(1);
    float together = intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f, rest = 0.0f;
    if (grid.has_padding) {
        values_there = 0.0f;
        for (int number = 0; number < count; number++) {
            float value = (float)at[number * step];
            if (is_padding(grid, value)) continue;
            together = gathered(together, &rest, intensity, value);
            values_there += 1.0f;
        }
        count = 0;
    }
    // A loop for each: only then are several samples on their way at a time.
    if (intensity == MAXIMUM) {
        #pragma unroll 8
        for (int number = 0; number < count; number++) together = fmax(together, (float)at[number * step]);
    } else if (intensity == MINIMUM) {
        #pragma unroll 8
        for (int number = 0; number < count; number++) together = fmin(together, (float)at[number * step]);
    } else {
        #pragma unroll 8
        for (int number = 0; number < count; number++) add(&together, &rest, (float)at[number * step]);
    }
    if (intensity == AVERAGE) together = together / values_there - rest / values_there;
    values[get_global_id(0) + (size_t)width * get_global_id(1)] = isinf(together) ? NAN : measured(grid, together);
}

#define GROUP 64

// All samples of each row made one, by GROUP workers side by side.
kernel __attribute__((reqd_work_group_size(GROUP, 1, 1)))
void flatten_rows(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding, int intensity,
                  global float *values) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    local float parts[GROUP], rests[GROUP], counts[GROUP];
    int worker = get_local_id(0);
    size_t row = get_group_id(0);
    float together = intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f, rest = 0.0f;
    float count = 0.0f;
    for (int column = worker; column < size.x; column += GROUP) {
        float value = (float)samples[column + size.x * row];
        if (is_padding(grid, value)) continue;
        together = gathered(together, &rest, intensity, value);
        count += 1.0f;
    }
    parts[worker] = together;
    rests[worker] = rest;
    counts[worker] = count;
    for (int half_of_them = GROUP / 2; half_of_them > 0; half_of_them /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (worker < half_of_them) {
            together = gathered(together, &rest, intensity, parts[worker + half_of_them]);
            rest += rests[worker + half_of_them];
            count += counts[worker + half_of_them];
            counts[worker] = count;
            parts[worker] = together;
            rests[worker] = rest;
        }
    }
    if (worker > 0) return;
    if (intensity == AVERAGE) together = together / count - rest / count;
    values[row] = isinf(together) ? NAN : measured(grid, together);
}
