// One line of places for each pixel: all values along it made one.
kernel void project(global const SAMPLE *samples, int4 size, float slope, float intercept,
                    global const uint *starts, global const uint4 *spans, global const long *places,
                    int intensity, float outside, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, slope, intercept};
    size_t pixel = get_global_id(0) + (size_t)width * get_global_id(1);
    float together = intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f;
    float rest = 0.0f, count = 0.0f;
    for (uint run = starts[pixel]; run < starts[pixel + 1]; run++) {
        global const long *place = places + 6 * (size_t)run;
        long x = place[0], y = place[1], z = place[2];
        for (uint number = spans[run].x; number < spans[run].y; number++) {
            float value = linear(grid, x, y, z);
            if (intensity == MAXIMUM) together = value > together ? value : together;
            else if (intensity == MINIMUM) together = value < together ? value : together;
            else add(&together, &rest, value);
            count += 1.0f;
            x += place[3];
            y += place[4];
            z += place[5];
        }
    }
    if (intensity == AVERAGE) together = together / count - rest / count;
    bool none = count == 0.0f || (intensity != AVERAGE && !isfinite(together));
    values[pixel] = none ? outside : measured(grid, together);
}

// All samples along an axis made one: `count` of them, `step` apart.
kernel void flatten(global const SAMPLE *samples, int4 size, float slope, float intercept,
                    int axis, int intensity, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, slope, intercept};
    int one = get_global_id(0), other = get_global_id(1);
    int count = axis == 0 ? size.x : axis == 1 ? size.y : size.z;
    float together = intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f, rest = 0.0f;
    for (int number = 0; number < count; number++) {
        float value = axis == 0   ? sample(grid, number, one, other)
                      : axis == 1 ? sample(grid, one, number, other)
                                  : sample(grid, one, other, number);
        if (intensity == MAXIMUM) together = value > together ? value : together;
        else if (intensity == MINIMUM) together = value < together ? value : together;
        else add(&together, &rest, value);
    }
    if (intensity == AVERAGE) together = together / (float)count - rest / (float)count;
    values[one + (size_t)width * other] = isinf(together) ? NAN : measured(grid, together);
}
