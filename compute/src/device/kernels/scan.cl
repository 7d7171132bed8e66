// Squared distances of copies to one or more queries. CELLS is how many bytes a copy has (a multiple of 64), QUERIES how many
// queries a pass takes; PACKED says that the device multiplies and adds four bytes at once by PTX.
//
// |a - b|² = a·a + b·b - 2 a·b, in whole numbers: exact for up to 16384 cells, whatever the order.
#define LANES 128
#define TILE (2 * LANES)
#define PARTS (CELLS / 16)

uint four(uint a, uint b, uint sum) {
#if PACKED
    uint more;
    asm("dp4a.u32.u32 %0, %1, %2, %3;" : "=r"(more) : "r"(a), "r"(b), "r"(sum));
    return more;
#else
    return sum + (a & 255) * (b & 255) + (a >> 8 & 255) * (b >> 8 & 255) + (a >> 16 & 255) * (b >> 16 & 255) +
           (a >> 24) * (b >> 24);
#endif
}

uint sixteen(uint4 a, uint4 b, uint sum) {
    return four(a.w, b.w, four(a.z, b.z, four(a.y, b.y, four(a.x, b.x, sum))));
}

// Each group takes 256 copies, two a lane, 64 bytes of each at a time. They come to local memory in the order in which they lie, so
// that lanes beside one another read bytes beside one another, and leave a gap there, so that lanes do not wait for the same bank.
kernel __attribute__((reqd_work_group_size(LANES, 1, 1)))
void squared_each(global const uint4 *copies, uint count, global const uint4 *queries, global const uint *energies, uint asked,
                  global uint *distances) {
    local uint4 tile[TILE * 5], looked_for[QUERIES * PARTS];
    uint lane = get_local_id(0);
    size_t first = (size_t)get_group_id(0) * TILE;
    for (uint at = lane; at < QUERIES * PARTS; at += LANES) looked_for[at] = queries[at];
    uint near[QUERIES], far[QUERIES], near_energy = 0, far_energy = 0;
#pragma unroll
    for (int query = 0; query < QUERIES; query++) near[query] = far[query] = 0;
    for (uint start = 0; start < PARTS; start += 4) {
#pragma unroll
        for (uint turn = 0; turn < TILE * 4 / LANES; turn++) {
            uint at = turn * LANES + lane, copy = at / 4, part = at % 4;
            uint4 cells = (uint4)(0);
            if (first + copy < count) cells = copies[(first + copy) * PARTS + start + part];
            tile[copy * 5 + part] = cells;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
        for (uint part = 0; part < 4; part++) {
            uint4 one = tile[lane * 5 + part], other = tile[(lane + LANES) * 5 + part];
            near_energy = sixteen(one, one, near_energy);
            far_energy = sixteen(other, other, far_energy);
#pragma unroll
            for (int query = 0; query < QUERIES; query++) {
                uint4 cells = looked_for[query * PARTS + start + part];
                near[query] = sixteen(cells, one, near[query]);
                far[query] = sixteen(cells, other, far[query]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#pragma unroll
    for (uint query = 0; query < QUERIES; query++) {
        if (query >= asked) continue;
        global uint *row = distances + (size_t)query * count;
        size_t place = first + lane;
        if (place < count) row[place] = energies[query] + near_energy - 2 * near[query];
        if (place + LANES < count) row[place + LANES] = energies[query] + far_energy - 2 * far[query];
    }
}
