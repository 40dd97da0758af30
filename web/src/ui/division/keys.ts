import { chosen, proposal, session, tool } from "../../state/plan";
import { brush, takeTool, turn } from "../../state/planActions";
import { hand, holdSpace } from "../../state/planMap";
import { editable } from "../../state/plan";
import { TOOLS } from "./Toolbar";

const TYPING = /^(INPUT|SELECT|TEXTAREA)$/;

/** Listen to the keys of the tools while the room is open; returns how to stop. */
export function listenKeys(): () => void {
  const down = (event: KeyboardEvent): void => {
    const at = event.target as HTMLElement;
    if (session.value === null || document.querySelector(".dialog") !== null) return;
    if (TYPING.test(at.tagName) && (at as HTMLInputElement).type !== "checkbox" && (at as HTMLInputElement).type !== "radio") return;
    if (handled(event, at)) event.preventDefault();
  };
  const up = (event: KeyboardEvent): void => {
    if (event.key === " ") holdSpace(false);
  };
  const away = (): void => holdSpace(false);
  document.addEventListener("keydown", down);
  document.addEventListener("keyup", up);
  window.addEventListener("blur", away);
  return () => {
    document.removeEventListener("keydown", down);
    document.removeEventListener("keyup", up);
    window.removeEventListener("blur", away);
  };
}

function handled(event: KeyboardEvent, at: HTMLElement): boolean {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") turn(event.shiftKey ? "redo" : "undo");
    else if (key === "y") turn("redo");
    else return false;
    return true;
  }
  if (event.altKey) return false;
  if (key === " ") {
    // On a button the space bar presses it.
    if (at.tagName === "BUTTON" || at.tagName === "A") return false;
    holdSpace(true);
    return true;
  }
  if (key === "escape") return escape();
  if (key === "enter" && (at.tagName === "BUTTON" || at.tagName === "A")) return false;
  if (key === "enter") {
    hand.finish();
    return true;
  }
  if (/^[1-9]$/.test(key)) {
    if (editable.value) brush(Number(key));
    return true;
  }
  const item = TOOLS.reduce((all, group) => [...all, ...group], []).find((each) => each.key.toLowerCase() === key);
  if (item === undefined) return false;
  if (item.edits && !editable.value) return true;
  if (item.tool !== undefined) takeTool(item.tool);
  else item.act?.();
  return true;
}

/** One thing at a time: what is begun, then the proposal, the tool, the part in hand. */
function escape(): boolean {
  if (hand.reset()) return true;
  if (proposal.value !== null) proposal.value = null;
  else if (tool.value !== "select") tool.value = "select";
  else if (chosen.value !== null) chosen.value = null;
  else return false;
  return true;
}
