"""A priority queue of nodes in arrays: four-ary, indexed, keys can be lowered; compiled.

``heap`` holds nodes, ``place`` the place of each node in it (-1 = outside), ``key`` the cost of
each node. A node is in the heap at most once, so arrays as long as there are nodes never overflow.
"""

import numpy as np
from numpy.typing import NDArray

from patrol.routing.compiled import compiled_part

Ints = NDArray[np.int32]
Costs = NDArray[np.int64]

_WAYS = 4


@compiled_part
def heap_add(heap: Ints, place: Ints, key: Costs, size: int, node: int) -> int:
    """Add a node, or move it up after its key was lowered; returns the heap's new size."""
    at = place[node]
    if at < 0:
        at = size
        size += 1
    while at > 0:
        above = (at - 1) // _WAYS
        other = heap[above]
        if key[other] <= key[node]:
            break
        heap[at] = other
        place[other] = at
        at = above
    heap[at] = node
    place[node] = at
    return size


@compiled_part
def heap_take(heap: Ints, place: Ints, key: Costs, size: int) -> tuple[int, int]:
    """Take the node of least key out; returns it and the heap's new size."""
    node = heap[0]
    place[node] = -1
    size -= 1
    if size > 0:
        moved = heap[size]
        at = 0
        while True:
            first = at * _WAYS + 1
            if first >= size:
                break
            best = first
            for child in range(first + 1, min(first + _WAYS, size)):
                if key[heap[child]] < key[heap[best]]:
                    best = child
            if key[heap[best]] >= key[moved]:
                break
            heap[at] = heap[best]
            place[heap[at]] = at
            at = best
        heap[at] = moved
        place[moved] = at
    return node, size
