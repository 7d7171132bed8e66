// Values along lines of places, the lines of a pixel's row made one. A line has the runs `starts[line]..starts[line + 1]`;
// a run has its places `from..to` (x, y) and its piece (z) in `spans`, and its first place and step in `places`.
kernel void slab(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding,
                 global const uint *starts, global const uint4 *spans, global const long *places,
                 int depths, int interpolation, int intensity, float outside, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    uint column = get_global_id(0), row = get_global_id(1);
    float together = intensity == MAXIMUM ? -INFINITY : intensity == MINIMUM ? INFINITY : 0.0f;
    float count = 0.0f;
    for (int depth = 0; depth < depths; depth++) {
        uint line = row * depths + depth;
        for (uint run = starts[line]; run < starts[line + 1]; run++) {
            if (column < spans[run].x || column >= spans[run].y) continue;
            global const long *place = places + 6 * (size_t)run;
            long steps = column - spans[run].x;
            float value = between(grid, interpolation, place[0] + steps * place[3], place[1] + steps * place[4],
                                  place[2] + steps * place[5]);
            if (has_none(grid, value)) continue;
            if (intensity == MAXIMUM) together = value > together ? value : together;
            else if (intensity == MINIMUM) together = value < together ? value : together;
            else together += value;
            count += 1.0f;
        }
    }
    if (intensity == AVERAGE) together = together / count;
    bool none = count == 0.0f || (intensity != AVERAGE && !isfinite(together));
    values[column + (size_t)width * row] = none ? outside : measured(grid, together);
}

// A slice is the values on one line for each row.
kernel void slice(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding,
                  global const uint *starts, global const uint4 *spans, global const long *places,
                  int interpolation, float outside, global float *values, int width) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    uint column = get_global_id(0), row = get_global_id(1);
    float value = outside;
    for (uint run = starts[row]; run < starts[row + 1]; run++) {
        if (column < spans[run].x || column >= spans[run].y) continue;
        global const long *place = places + 6 * (size_t)run;
        long steps = column - spans[run].x;
        float stored = between(grid, interpolation, place[0] + steps * place[3], place[1] + steps * place[4],
                               place[2] + steps * place[5]);
        value = has_none(grid, stored) ? outside : measured(grid, stored);
    }
    values[column + (size_t)width * row] = value;
}
