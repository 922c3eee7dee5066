"""DiffSeg (arXiv 2308.12469, section 3) in NumPy: aggregation, divergences as matrix products, merging, labels; and the prominence that makes a mask without a hint."""
import numpy as np

FLOOR = 1e-12


def prepare(op, arrays):
    cells = op["side"] ** 2
    maps = arrays["maps"].reshape(cells, cells)
    how = broadcast if op["broadcast"] else divergence
    if op["kind"] == "merge":
        return Task(lambda: merge(maps, op["side"], op["thresholds"], op["anchors"], how))
    anchors = anchor_cells(op["side"], op["anchors"])
    return Task(lambda: how(maps[anchors], maps))


class Task:
    def __init__(self, run):
        self.run = run

    def results(self):
        return {"y": self.run()}


def divergence(x, y):
    """Half the symmetric Kullback-Leibler divergence of every row of x to every row of y, by two products."""
    lx, ly = np.log(np.maximum(x, FLOOR)), np.log(np.maximum(y, FLOOR))
    hx, hy = np.einsum("ij,ij->i", x, lx), np.einsum("ij,ij->i", y, ly)
    return (hx[:, None] + hy[None, :] - x @ ly.T - lx @ y.T) / 2


def broadcast(x, y):
    """The same term by term, one row of x at a time (all rows at once would take rows × rows × cells numbers)."""
    ly = np.log(np.maximum(y, FLOOR))
    lx = np.log(np.maximum(x, FLOOR))
    return np.stack([((row - y) * (log - ly)).sum(1) / 2 for row, log in zip(x, lx)])


def anchor_cells(side, count):
    """Cells of count × count anchors, equally far apart and centred."""
    step = (side - 1) // (count - 1)
    line = (side - 1 - step * (count - 1)) // 2 + step * np.arange(count)
    return np.add.outer(side * line, line).ravel()


def merge(maps, side, thresholds, count, how=divergence):
    """Maps [side², side²] to proposals [n, side²]."""
    near = (how(maps[anchor_cells(side, count)], maps) < thresholds[0]).astype(np.float32)
    proposals = near @ maps / np.maximum(near.sum(1, keepdims=True), 1)
    for threshold in thresholds[1:]:
        within = how(proposals, proposals) < threshold
        np.fill_diagonal(within, True)
        taken, means = np.zeros(len(proposals), bool), []
        for i, members in enumerate(within):
            if not taken[i]:
                taken |= members
                means.append(proposals[members].mean(0))
        proposals = np.stack(means)
    return proposals


def bilinear(source, target):
    """Interpolation from source to target cells along an axis, as a matrix: half-pixel centres, clamped at the edges."""
    matrix = np.zeros((target, source), np.float32)
    centre = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    low = np.floor(centre).astype(int)
    share = centre - low
    rows = np.arange(target)
    np.add.at(matrix, (rows, low), 1 - share)
    np.add.at(matrix, (rows, np.minimum(low + 1, source - 1)), share)
    return matrix


def aggregate(groups, side):
    """{resolution: mean map} to one map [side², side²], weighted by resolution; keys are interpolated, queries repeated."""
    whole = np.zeros((side * side, side * side), np.float32)
    for own, mean in groups.items():
        up = bilinear(own, side)
        keys = up @ mean.reshape(own * own, own, own) @ up.T
        keys /= keys.sum((1, 2), keepdims=True)
        times = side // own
        queries = keys.reshape(own, own, -1).repeat(times, 0).repeat(times, 1)
        whole += own / sum(groups) * queries.reshape(side * side, -1)
    return whole


def labels(proposals, side, height, width):
    """For every pixel the proposal that is largest there."""
    rows, columns = bilinear(side, height), bilinear(side, width)
    return (rows @ proposals.reshape(-1, side, side) @ columns.T).argmax(0)


def prominent(maps, side, height, width):
    """255 where a cell attends unlike the border and away from it, cut by Otsu's threshold."""
    grid = np.arange(side * side).reshape(side, side)
    border = np.ones((side, side), bool)
    border[1:-1, 1:-1] = False
    contrast = divergence(maps, maps[grid[border]].mean(0, keepdims=True))[:, 0]
    axis = np.sin(np.pi * (np.arange(side) + 0.5) / side)
    scores = (np.maximum(contrast, 0) * np.sqrt(np.outer(axis, axis)).ravel()).astype(np.float32)
    rivals = np.stack([np.full_like(scores, otsu(scores)), scores])
    return 255 * labels(rivals, side, height, width)


def otsu(scores):
    """The cut that separates two classes best: halfway between two neighbouring scores."""
    ordered = np.sort(scores.astype(np.float64))
    count = np.arange(1, len(ordered))
    sums = ordered.cumsum()
    below, above = sums[:-1] / count, (sums[-1] - sums[:-1]) / (len(ordered) - count)
    best = (count * (len(ordered) - count) * (above - below) ** 2).argmax()
    return (ordered[best] + ordered[best + 1]) / 2
