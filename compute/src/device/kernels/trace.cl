// The runs of lines through a volume whose slices follow one another in equal steps: one for each line, without places
// where the line misses the volume. Every step rounds as in `volume::line::runs`: the places are the same to the bit.
#ifdef DOUBLES
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

#define BORDER ((ONE >> 1) + (ONE >> 20))

double dot_with(global const double *row, double x, double y, double z) {
    return row[0] * x + row[1] * y + row[2] * z;
}

// The quotient rounded down.
long floored(long number, long positive) {
    long quotient = number / positive;
    return number % positive < 0 ? quotient - 1 : quotient;
}

// What lines go through.
#define THROUGH_ROWS 0
#define THROUGH_PIXELS 1
#define FROM_VIEWER 2

// The line of sight of a viewer through a pixel: `seen` is where the viewer stands, the least and the greatest depth in
// steps, and the step in mm. The number of its last place is given: below 0 where there is none.
double line_of_sight(global const double *seen, global const double *normal, const double *pixel, int count,
                     double *start, double *step) {
    double toward[3];
    for (int axis = 0; axis < 3; axis++) toward[axis] = pixel[axis] - seen[axis];
    double length = sqrt(toward[0] * toward[0] + toward[1] * toward[1] + toward[2] * toward[2]);
    double part = length > 0.0 ? 1.0 / length : 1.0;
    for (int axis = 0; axis < 3; axis++) toward[axis] = toward[axis] * part;
    double lean = dot_with(normal, toward[0], toward[1], toward[2]);
    double first = ceil(seen[3] / lean), last = floor(seen[4] / lean);
    for (int axis = 0; axis < 3; axis++) {
        start[axis] = seen[axis] + toward[axis] * (first * seen[5]);
        step[axis] = toward[axis] * seen[5];
    }
    return lean > 0.0 && last >= first ? fmin(last - first, (double)count - 1.0) : -1.0;
}

// `view` holds corner, across, down, normal, and the step of a line, of three numbers each; then the origin of the
// volume and the three rows that turn mm into samples; then the depths, or what a viewer sees. Line `n` starts in row
// `first_row + n / inner`: at the first depth of column `n % inner`, or at the viewer, when lines go through pixels, else
// in the first column at depth `n % inner`. A line has `count` places at most.
kernel void trace(global const double *view, int4 size, int through, int inner, int first_row, int count,
                  int lines, global uint *starts, global uint4 *spans, global long *places, int width) {
    int number = get_global_id(0) + width * get_global_id(1);
    if (number >= lines) return;
    double row = first_row + number / inner, column = through == THROUGH_ROWS ? 0.0 : number % inner;
    double pixel[3], start[3], step[3], first = 0.0, last = (double)count - 1.0;
    for (int axis = 0; axis < 3; axis++) {
        pixel[axis] = view[axis] + view[3 + axis] * column;
        pixel[axis] = pixel[axis] + view[6 + axis] * row;
    }
    if (through == FROM_VIEWER) {
        last = line_of_sight(view + 27, view + 9, pixel, count, start, step);
    } else {
        double depth = view[27 + (through == THROUGH_ROWS ? number % inner : 0)];
        for (int axis = 0; axis < 3; axis++) {
            start[axis] = pixel[axis] + view[9 + axis] * depth;
            step[axis] = view[12 + axis];
        }
    }
    for (int axis = 0; axis < 3; axis++) start[axis] = start[axis] - view[15 + axis];
    double from[3], way[3];
    bool inside = true;
    long counts[3] = {size.x, size.y, size.z};
    for (int axis = 0; axis < 3; axis++) {
        global const double *to_samples = view + 18 + 3 * axis;
        from[axis] = dot_with(to_samples, start[0], start[1], start[2]);
        way[axis] = dot_with(to_samples, step[0], step[1], step[2]);
        double low = -1.0 - from[axis], high = (double)counts[axis] - from[axis];
        if (way[axis] == 0.0) {
            inside = inside && !(low > 0.0 || high < 0.0);
        } else {
            double one = low / way[axis], other = high / way[axis];
            first = fmax(first, ceil(fmin(one, other)));
            last = fmin(last, floor(fmax(one, other)));
        }
    }
    inside = inside && first <= last && isfinite(from[0] * from[0] + from[1] * from[1] + from[2] * from[2])
             && isfinite(way[0] * way[0] + way[1] * way[1] + way[2] * way[2]);
    long at[3], by[3], begin = 0, end = inside ? (long)last + 1 - (long)first : 0;
    for (int axis = 0; inside && axis < 3; axis++) {
        at[axis] = convert_long_sat(round((from[axis] + first * way[axis]) * (double)ONE));
        by[axis] = first == last ? 0 : convert_long_sat(round(way[axis] * (double)ONE));
        long below = -BORDER - at[axis], above = (counts[axis] - 1) * ONE + BORDER - at[axis];
        if (by[axis] == 0) {
            if (below > 0 || above < 0) end = 0;
        } else if (by[axis] > 0) {
            begin = max(begin, -floored(-below, by[axis]));
            end = min(end, floored(above, by[axis]) + 1);
        } else {
            begin = max(begin, -floored(above, -by[axis]));
            end = min(end, floored(-below, -by[axis]) + 1);
        }
    }
    inside = inside && begin < end;
    starts[number] = number;
    if (number == lines - 1) starts[lines] = lines;
    uint skipped = inside ? (uint)first : 0;
    spans[number] = inside ? (uint4)(skipped + (uint)begin, skipped + (uint)end, 0, 0) : (uint4)(0);
    for (int axis = 0; inside && axis < 3; axis++) {
        places[6 * (size_t)number + axis] = at[axis] + by[axis] * begin;
        places[6 * (size_t)number + 3 + axis] = by[axis];
    }
}
#endif
