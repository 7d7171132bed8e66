// How often whole numbers are stored, and the class of each sample.

// Counts of whole numbers from `first` on. Each item takes a row, and counts equal samples beside one another before it adds them:
// most of a volume is air, whose counter all would wait for.
kernel void histogram(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding, int first,
                      global uint *counts) {
    global const SAMPLE *row = samples + (size_t)size.x * (get_global_id(0) + (size_t)size.y * get_global_id(1));
    int last = 0;
    uint equal = 0;
    for (int column = 0; column < size.x; column++) {
        int number = (int)row[column] - first;
        if (number != last) {
            if (equal > 0) atomic_add(counts + last, equal);
            last = number;
            equal = 0;
        }
        equal++;
    }
    if (equal > 0) atomic_add(counts + last, equal);
}

// At or above how many bounds each sample is, at or below with `turned`; 255 of padding.
kernel void label(global const SAMPLE *samples, int4 size, float slope, float intercept, float padding,
                  global const SAMPLE *bounds, int count, int turned, global uchar *labels) {
    Grid grid = {samples, size.x, size.y, size.z, size.w, slope, intercept, padding};
    size_t at = get_global_id(0) + (size_t)size.x * get_global_id(1);
    SAMPLE stored = samples[at];
    int number = 0;
    for (int bound = 0; bound < count; bound++) {
        if (turned ? stored <= bounds[bound] : stored >= bounds[bound]) number++;
    }
    labels[at] = is_padding(grid, (float)stored) ? 255 : (uchar)number;
}
