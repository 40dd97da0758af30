/**
 * Address of a tile from a template: `{z}`, `{x}`, `{y}` or `{-y}` (rows from the south), `{r}` for sharp
 * screens, and one range of hosts `{s}` (a, b, c), `{a-c}` or `{0-7}`, among which tiles are spread by place.
 */
export function tileAddress(template: string, z: number, x: number, y: number, sharp = false): string {
  return template.replace(/\{([^{}]*)\}/g, (all, name: string) => {
    if (name === "z") return String(z);
    if (name === "x") return String(x);
    if (name === "y") return String(y);
    if (name === "-y") return String(2 ** z - 1 - y);
    if (name === "r") return sharp ? "@2x" : "";
    const [first, last] = name === "s" ? ["a", "c"] : name.split("-");
    if (first === undefined || last === undefined) return all;
    const hosts = last.charCodeAt(0) - first.charCodeAt(0) + 1;
    return String.fromCharCode(first.charCodeAt(0) + (Math.abs(x + y) % hosts));
  });
}
