import type * as L from "leaflet";
import { toSquare } from "./planFrame";

export type Place = [x: number, y: number];

/** What the tool in hand does with the pointer; places are in the square of web maps. */
export interface ToolHand {
  /** Whether a press begins a stroke now, instead of moving the map. */
  draws(): boolean;
  press(at: Place): void;
  drag(at: Place): void;
  release(at: Place): void;
  /** The stroke is given up: a second finger, Escape. */
  drop(): void;
  hover(at: Place | null): void;
  click(at: Place, more: { twice: boolean }): void;
  cursor(): string;
}

/** A press that moves less is a click. */
const CLICK_PX = 5;

/** Leads the pointer to the tool in hand: mouse, pen, and one finger; two fingers and the space bar move the map. */
export class PlanPointer {
  readonly #map: L.Map;
  readonly #hand: ToolHand;
  readonly #element: HTMLElement;
  readonly #down = new Set<number>();
  #stroke: { pointer: number; x: number; y: number; moved: boolean; drawing: boolean } | null = null;
  #space = false;
  #on = false;
  #lastClick = { time: 0, x: 0, y: 0 };

  constructor(map: L.Map, hand: ToolHand) {
    this.#map = map;
    this.#hand = hand;
    this.#element = map.getContainer();
    this.#element.addEventListener("pointerdown", this.#pressed, true);
    window.addEventListener("pointermove", this.#moved, true);
    window.addEventListener("pointerup", this.#released, true);
    window.addEventListener("pointercancel", this.#cancelled, true);
    this.#element.addEventListener("pointerleave", () => this.#on && this.#hand.hover(null));
  }

  /** Listen, or leave the map to itself. */
  set on(on: boolean) {
    this.#on = on;
    this.#down.clear();
    this.#stroke = null;
    this.#element.classList.toggle("drawing", on);
    this.update();
  }

  /** The space bar is held: the map is moved whatever tool is in hand. */
  set space(held: boolean) {
    if (this.#space === held) return;
    this.#space = held;
    this.update();
  }

  /** After another tool was taken. */
  update(): void {
    const draws = this.#on && this.#hand.draws() && !this.#space;
    const { dragging, doubleClickZoom, boxZoom } = this.#map;
    if (draws) dragging.disable();
    else dragging.enable();
    if (this.#on) doubleClickZoom.disable();
    else doubleClickZoom.enable();
    if (draws) boxZoom.disable();
    else boxZoom.enable();
    this.#element.style.cursor = !this.#on ? "" : this.#space ? "grab" : this.#hand.cursor();
  }

  drop(): void {
    if (this.#stroke === null) return;
    if (this.#stroke.drawing) this.#hand.drop();
    this.#stroke = null;
  }

  #place(event: PointerEvent): Place {
    const box = this.#element.getBoundingClientRect();
    return toSquare(this.#map, { x: event.clientX - box.left, y: event.clientY - box.top });
  }

  #pressed = (event: PointerEvent): void => {
    if (!this.#on || (event.target as Element).closest(".leaflet-marker-icon") !== null) return;
    this.#down.add(event.pointerId);
    if (this.#down.size > 1) {
      this.drop();
      return;
    }
    if (event.button !== 0) return;
    const drawing = this.#hand.draws() && !this.#space;
    this.#stroke = { pointer: event.pointerId, x: event.clientX, y: event.clientY, moved: false, drawing };
    this.#element.focus({ preventScroll: true });
    if (drawing) this.#hand.press(this.#place(event));
  };

  #moved = (event: PointerEvent): void => {
    if (!this.#on) return;
    const stroke = this.#stroke;
    if (stroke === null) {
      if (event.pointerType !== "touch" && this.#element.contains(event.target as Node)) this.#hand.hover(this.#place(event));
      return;
    }
    if (event.pointerId !== stroke.pointer) return;
    if (!stroke.moved && Math.hypot(event.clientX - stroke.x, event.clientY - stroke.y) < CLICK_PX) return;
    stroke.moved = true;
    if (stroke.drawing) this.#hand.drag(this.#place(event));
  };

  #released = (event: PointerEvent): void => {
    this.#down.delete(event.pointerId);
    const stroke = this.#stroke;
    if (!this.#on || stroke === null || event.pointerId !== stroke.pointer) return;
    this.#stroke = null;
    const at = this.#place(event);
    if (stroke.drawing) this.#hand.release(at);
    if (stroke.moved) return;
    const { time, x, y } = this.#lastClick;
    const twice = event.timeStamp - time < 400 && Math.hypot(event.clientX - x, event.clientY - y) < CLICK_PX;
    this.#lastClick = { time: event.timeStamp, x: event.clientX, y: event.clientY };
    if (!this.#space) this.#hand.click(at, { twice });
  };

  #cancelled = (event: PointerEvent): void => {
    this.#down.delete(event.pointerId);
    if (this.#stroke?.pointer === event.pointerId) this.drop();
  };
}
