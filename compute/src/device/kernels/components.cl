// The connected parts of samples with a label, and Otsu's cuts. Spans of rows are joined, not samples: a span is known by its
// number in reading order, a part by the least of its spans', so that it is the same whoever comes first.

// How many spans each row has.
kernel void count_spans(global const uchar *labels, int columns, int label, global uint *counts) {
    size_t row = get_global_id(0) + get_global_size(0) * get_global_id(1);
    global const uchar *of_row = labels + row * columns;
    uint count = 0;
    int before = 0;
    for (int column = 0; column < columns; column++) {
        int is_one = of_row[column] == label;
        count += is_one && !before;
        before = is_one;
    }
    counts[row] = count;
}

// Where each span begins and ends; those of a row are numbered from `starts[row]` on. Each is a part of its own.
kernel void find_spans(global const uchar *labels, int columns, int label, global const uint *starts, global uint2 *spans,
                       global uint *parents) {
    size_t row = get_global_id(0) + get_global_size(0) * get_global_id(1);
    global const uchar *of_row = labels + row * columns;
    uint span = starts[row];
    int from = -1;
    for (int column = 0; column <= columns; column++) {
        int is_one = column < columns && of_row[column] == label;
        if (is_one && from < 0) from = column;
        if (!is_one && from >= 0) {
            spans[span] = (uint2)((uint)from, (uint)column);
            parents[span] = span;
            span++;
            from = -1;
        }
    }
}

// The first span of a part as far as it is known. The way there is halved: others may do the same, as each only comes nearer.
uint root(volatile global uint *parents, uint span) {
    uint parent = parents[span];
    while (parent != span) {
        uint next = parents[parent];
        if (next != parent) parents[span] = next;
        span = parent;
        parent = next;
    }
    return span;
}

// Makes two parts one: the later first span follows the earlier, unless somebody else had it follow another meanwhile.
void join(volatile global uint *parents, uint one, uint other) {
    one = root(parents, one);
    other = root(parents, other);
    while (one != other) {
        uint later = max(one, other), earlier = min(one, other);
        uint found = atomic_cmpxchg(parents + later, later, earlier);
        if (found == later) return;
        one = root(parents, found);
        other = root(parents, earlier);
    }
}

// Joins the spans of two rows that touch; both are in order.
void join_rows(global const uint *starts, global const uint2 *spans, volatile global uint *parents, uint one, uint other,
               uint reach) {
    uint a = starts[one], last_a = starts[one + 1], b = starts[other], last_b = starts[other + 1];
    while (a < last_a && b < last_b) {
        uint2 here = spans[a], there = spans[b];
        if (here.x < there.y + reach && there.x < here.y + reach) join(parents, a, b);
        if (here.y < there.y) a++;
        else b++;
    }
}

// Joins the spans of each row to those of the rows before it.
kernel void components(global const uint *starts, global const uint2 *spans, volatile global uint *parents, int diagonal) {
    uint row = get_global_id(0), rows = get_global_size(0), slice = get_global_id(1);
    uint at = row + rows * slice, reach = diagonal ? 1 : 0;
    if (row > 0) join_rows(starts, spans, parents, at, at - 1, reach);
    if (slice == 0) return;
    join_rows(starts, spans, parents, at, at - rows, reach);
    if (diagonal && row > 0) join_rows(starts, spans, parents, at, at - rows - 1, reach);
    if (diagonal && row + 1 < rows) join_rows(starts, spans, parents, at, at - rows + 1, reach);
}

// The first span of the part of each span.
kernel void find_roots(volatile global uint *parents) {
    uint span = get_global_id(0);
    parents[span] = root(parents, span);
}

#ifdef DOUBLES
// How much less the variance is for a class of bins; `sums` holds those of the counts and of counts times values before each.
double worth(global const double *sums, int from, int to) {
    double counts = sums[2 * to] - sums[2 * from], values = sums[2 * to + 1] - sums[2 * from + 1];
    return counts > 0.0 ? values * values / counts : 0.0;
}

// For one class more than the `classes` whose worth is `best`, of the bins before each: the best worth, and where the last class
// begins.
kernel void otsu(global const double *sums, global const double *best, int classes, global double *next, global uint *cuts) {
    int to = get_global_id(0);
    double most = -INFINITY;
    uint cut = 0;
    for (int from = classes; from < to; from++) {
        double here = best[from] + worth(sums, from, to);
        if (here > most) {
            most = here;
            cut = from;
        }
    }
    next[to] = most;
    cuts[to] = cut;
}
#endif
