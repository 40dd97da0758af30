import { expect, test } from "vitest";
import { pathOf, standing } from "./steps";
import type { Queued } from "./store";

const event = { id: "e1", state: "dispatched", work: ["handle", "feedback", "return"] };

function step(action: string, state: Queued["state"] = "waiting", of = "e1"): Queued {
  return { account: "a", id: action, kind: "step", method: "POST", path: pathOf(of), body: { action }, photo: null, label: "", made_at: "", state, refusal: null };
}

test("without anything written here an event stands as the server said", () => {
  expect(standing(event, [step("handle", "waiting", "e2")])).toEqual({ state: "dispatched", work: event.work, waiting: 0, refused: [] });
});

test("a step that waits leads on to the next one without network", () => {
  expect(standing(event, [step("handle")])).toMatchObject({ state: "handling", work: ["feedback", "return"], waiting: 1 });
  expect(standing(event, [step("handle"), step("feedback")])).toMatchObject({ state: "feedback", work: [], waiting: 2 });
});

test("a step that was refused changes nothing and stays to be read", () => {
  const found = standing(event, [step("handle", "refused")]);
  expect(found).toMatchObject({ state: "dispatched", work: event.work, waiting: 0 });
  expect(found.refused).toHaveLength(1);
});

test("a step that was sent counts until the list is read again, and waits no more", () => {
  expect(standing(event, [], [step("handle")])).toMatchObject({ state: "handling", work: ["feedback", "return"], waiting: 0 });
  expect(standing(event, [step("feedback")], [step("handle")])).toMatchObject({ state: "feedback", work: [], waiting: 1 });
  expect(standing(event, [], [step("handle", "waiting", "e2")])).toMatchObject({ state: "dispatched" });
});
