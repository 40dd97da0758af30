import type { LonLat } from "../api/types";

/**
 * The square of web maps, 0 to 1 from west to east and from north to south. A point's pixel at a zoom is its
 * place here times the world's width there; only for drawing and pointing, never for measuring.
 */
export function worldX(lon: number): number {
  return (lon + 180) / 360;
}

export function worldY(lat: number): number {
  const sin = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}

export function lonLatAt(x: number, y: number): LonLat {
  return [x * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI];
}
