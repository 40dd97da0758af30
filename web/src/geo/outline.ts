/** A circle in any planar unit. */
export interface Circle {
  x: number;
  y: number;
  r: number;
}

const STEPS = 180;

/**
 * Outline of the union of circles, as lines of points: what lies inside another circle is left out.
 * The picture of "within the radius of any station"; many full circles would hide the map.
 */
export function unionOutline(circles: readonly Circle[]): [number, number][][] {
  // Two stations in one place would hide each other entirely: one of them is enough.
  const unique = circles.filter((c, i) => circles.findIndex((o) => o.x === c.x && o.y === c.y && o.r === c.r) === i);
  const lines: [number, number][][] = [];
  for (const circle of unique) {
    const near = unique.filter((o) => o !== circle && Math.hypot(o.x - circle.x, o.y - circle.y) < o.r + circle.r);
    let line: [number, number][] = [];
    for (let i = 0; i <= STEPS; i++) {
      const angle = (i / STEPS) * 2 * Math.PI;
      const x = circle.x + circle.r * Math.cos(angle);
      const y = circle.y + circle.r * Math.sin(angle);
      if (near.some((o) => (o.x - x) ** 2 + (o.y - y) ** 2 < o.r ** 2)) {
        if (line.length > 1) lines.push(line);
        line = [];
      } else line.push([x, y]);
    }
    if (line.length > 1) lines.push(line);
  }
  return lines;
}
