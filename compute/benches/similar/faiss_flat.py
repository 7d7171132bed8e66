#!/usr/bin/env python3
"""The ten nearest vectors by faiss IndexFlatL2, beside what the example `similar_vectors` of `compute` found.

    faiss_flat.py FOLDER [THREADS]

FOLDER has `vectors.u8`, `queries.u8` (65 536 bytes each) and `answers.txt`, as that example writes them. Needs faiss-cpu and numpy, and
four times as much memory as `vectors.u8` is long, as faiss keeps single precision. Prints the median time of a query, one at a time as
there, and whether the answers are the same: faiss sums in single precision, so the places that it finds are compared, and where they
differ the exact squared distances of them.
"""
import sys
import time

import faiss
import numpy as np

LENGTH, NEAREST, ROUNDS = 65536, 10, 3


def main():
    folder = sys.argv[1]
    faiss.omp_set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    vectors = np.memmap(f"{folder}/vectors.u8", np.uint8, "r").reshape(-1, LENGTH)
    queries = np.fromfile(f"{folder}/queries.u8", np.uint8).reshape(-1, LENGTH)
    answers = [[tuple(map(int, found.split(":"))) for found in line.split()] for line in open(f"{folder}/answers.txt")]
    index = faiss.IndexFlatL2(LENGTH)
    for start in range(0, len(vectors), 500):
        index.add(vectors[start : start + 500].astype(np.float32))
    times, same, tied = [], 0, 0
    for query, answer in zip(queries, answers):
        least = float("inf")
        for _ in range(ROUNDS):
            start = time.perf_counter()
            _, found = index.search(query[None].astype(np.float32), NEAREST)
            least = min(least, time.perf_counter() - start)
        times.append(1e3 * least)
        exact = [int(((vectors[place].astype(np.int64) - query) ** 2).sum()) for place in found[0]]
        theirs = [(int(place), distance) for place, distance in zip(found[0], exact)]
        same += theirs == answer
        # The same distances in order: only ties, or what single precision cannot tell apart, may change places.
        tied += theirs != answer and sorted(exact) == [distance for _, distance in answer]
    print(
        f"faiss {faiss.__version__} IndexFlatL2, {len(vectors)} vectors of {LENGTH}, {faiss.omp_get_max_threads()} threads: "
        f"{np.median(times):.1f} ms a query (median of {len(times)}, the best of {ROUNDS} runs each); "
        f"answers: {same} of {len(answers)} the same, {tied} more but for the order of single precision"
    )
    # The same as a row of the table of tools/similar.sh.
    times.sort()
    print(f"faiss IndexFlatL2, the same, {same + tied} of {len(answers)} answers the same", NEAREST, f"{np.median(times):.2f}",
          f"{times[-1]:.2f}", f"{times[0]:.2f}", len(times), f"[{len(vectors)}]", sep="\t")


if __name__ == "__main__":
    main()
