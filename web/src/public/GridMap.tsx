import { ringsContain } from "../geo/polygon";
import { numberOf, ringsOf, type PublicCommunity, type PublicGrid } from "./data";
import { fillsOf, labelOf, lineOf, pathOf, streetNames, type Projection } from "./layout";
import type { Say } from "./words";

const FILLS = ["#d9e8f0", "#f4e3d3", "#e1ecd9", "#efe6f2", "#f5efcf", "#dceceb"] as const;
const WIDTHS: readonly [RegExp, number][] = [[/^(motorway|trunk|primary)/, 8], [/^secondary/, 6.5], [/^tertiary/, 5], [/^(residential|unclassified|living_street|road)/, 3]];

interface GridMapProps {
  data: PublicCommunity;
  projection: Projection;
  chosen: string | null;
  mark: [number, number] | null;
  choose: (grid: PublicGrid | null, at: [number, number]) => void;
  say: Say;
}

/** The community's grids as one drawing that prints sharply. */
export function GridMap({ data, projection, chosen, mark, choose, say }: GridMapProps) {
  const fills = fillsOf(data.grids);
  const tap = (event: MouseEvent): void => {
    const svg = event.currentTarget as SVGSVGElement;
    const box = svg.getBoundingClientRect();
    const scale = Math.max(projection.width / box.width, projection.height / box.height);
    const x = (event.clientX - box.left - box.width / 2) * scale + projection.width / 2;
    const y = (event.clientY - box.top - box.height / 2) * scale + projection.height / 2;
    const at = projection.back(x, y);
    choose(data.grids.find((grid) => ringsContain(ringsOf(grid.geometry), at)) ?? null, at);
  };
  const point = mark === null ? null : projection.at(mark[0], mark[1]);
  const selected = data.grids.find((grid) => grid.code === chosen);
  return (
    <svg class="grid-map" viewBox={`0 0 ${projection.width} ${projection.height}`} role="img" aria-label={say("map")} onClick={tap}>
      {data.grids.map((grid, i) => (
        <path key={grid.code} class="grid-area" d={pathOf(grid.geometry, projection)} fill={FILLS[fills[i]!]} fill-rule="evenodd">
          <title>{grid.name ?? numberOf(grid, data.code)}</title>
        </path>
      ))}
      <g class="grid-streets">
        {data.streets.map((street, i) => {
          const width = WIDTHS.find(([word]) => word.test(street.class))?.[1] ?? 1.6;
          return <path key={i} d={lineOf(street.line, projection)} stroke-width={width} />;
        })}
      </g>
      <g class="grid-lines">
        {data.grids.map((grid) => <path key={grid.code} d={pathOf(grid.geometry, projection)} />)}
      </g>
      {data.outline !== null && <path class="grid-outline" d={pathOf(data.outline, projection)} />}
      {selected !== undefined && <path class="grid-chosen" d={pathOf(selected.geometry, projection)} />}
      <g class="grid-street-names">
        {streetNames(data, projection).map(({ name, x, y, degrees }) => (
          <text key={name} transform={`translate(${x} ${y}) rotate(${degrees})`}>{name}</text>
        ))}
      </g>
      <g class="grid-numbers">
        {data.grids.map((grid) => {
          const label = labelOf(grid, projection);
          return label === null ? null : <text key={grid.code} x={label.x} y={label.y} class={label.room < 60 ? "grid-number-small" : undefined}>{numberOf(grid, data.code)}</text>;
        })}
      </g>
      {point !== null && <path class="grid-mark" transform={`translate(${point[0]} ${point[1]})`} d="M0 0C-12 -16 -18 -24 -18 -34A18 18 0 1 1 18 -34C18 -24 12 -16 0 0Z" />}
    </svg>
  );
}
