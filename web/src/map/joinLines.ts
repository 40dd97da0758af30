type XY = readonly [number, number];

/** Ends closer than this many pixels are one point. */
const SNAP_PX = 1.5;

/**
 * Lines joined end to end into longer ones. Streets come as edges between junctions, too short for a name;
 * where more than two ends meet, the straightest pair goes on.
 */
export function joinLines(lines: readonly (readonly XY[])[]): XY[][] {
  const rest = lines.filter((line) => line.length > 1).map((line) => line.slice());
  const joined: XY[][] = [];
  while (rest.length > 0) {
    let line = rest.pop()!;
    for (let turn = 0; turn < 2; turn++) {
      for (let next = follow(line, rest); next !== null; next = follow(line, rest)) line = line.concat(next.slice(1));
      // Then the other way round, from its beginning.
      line.reverse();
    }
    joined.push(line);
  }
  return joined;
}

/** Take the line out of `rest` that goes on from the end of `line` most straightly, turned the right way. */
function follow(line: readonly XY[], rest: XY[][]): XY[] | null {
  const end = line[line.length - 1]!;
  const before = line[line.length - 2]!;
  let best = -1;
  let turned = false;
  let bestTurn = Math.PI / 2;
  rest.forEach((other, i) => {
    for (const back of [false, true]) {
      const first = back ? other[other.length - 1]! : other[0]!;
      const second = back ? other[other.length - 2]! : other[1]!;
      if (Math.abs(first[0] - end[0]) > SNAP_PX || Math.abs(first[1] - end[1]) > SNAP_PX) continue;
      const turn = angleBetween(before, end, second);
      if (turn < bestTurn) {
        best = i;
        turned = back;
        bestTurn = turn;
      }
    }
  });
  if (best < 0) return null;
  const [found] = rest.splice(best, 1);
  return turned ? found!.reverse() : found!;
}

/** How far the way turns at `b`, 0 straight on. */
function angleBetween(a: XY, b: XY, c: XY): number {
  const turn = Math.abs(Math.atan2(b[1] - a[1], b[0] - a[0]) - Math.atan2(c[1] - b[1], c[0] - b[0])) % (2 * Math.PI);
  return turn > Math.PI ? 2 * Math.PI - turn : turn;
}
