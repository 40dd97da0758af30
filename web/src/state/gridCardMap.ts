import { effect } from "@preact/signals";
import { inBrackets, tCode } from "../i18n";
import type { DeskMap } from "../map/map";
import type { ElementLook, ElementMark } from "../map/elementLayer";
import { elementPoints, pointedAt, type ElementPoint } from "./gridCard";

export function lookOf({ of, state }: ElementPoint): ElementLook {
  return of === "organisations" ? "organisation" : (state ?? "unknown");
}

/** "路灯（破损）", or what an organisation is called with its kind. */
function titleOf({ of, name, category, state }: ElementPoint): string {
  if (of === "organisations") return (name ?? "") + inBrackets(tCode("organisation", category));
  return [tCode("asset", category), name].filter(Boolean).join(" ") + inBrackets(tCode("assetState", state));
}

/** Keep the assets and organisations of the selected grid on the map. */
export function linkElements(desk: DeskMap): void {
  const layer = desk.elements();
  effect(() => {
    const points = elementPoints.value;
    const lit = pointedAt.value;
    layer.show(
      points === null
        ? null
        : points.map((point): ElementMark => ({ at: point.at, look: lookOf(point), title: titleOf(point), lit: lit !== null && lit.of === point.of && lit.category === point.category })),
    );
  });
}
