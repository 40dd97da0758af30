import { useLayoutEffect, useRef } from "preact/hooks";
import { drawElement, type ElementLook } from "../../map/elementLayer";

const SIDE = 14;

/** How the map draws a point of a grid, beside the word that says what it means. */
export function Glyph({ look }: { look: ElementLook }) {
  const element = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const canvas = element.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = SIDE * ratio;
    context.scale(ratio, ratio);
    drawElement(context, SIDE / 2, SIDE / 2, look);
  }, [look]);
  return <canvas ref={element} class="glyph" aria-hidden="true" />;
}
