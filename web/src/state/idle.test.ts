import { expect, it } from "vitest";
import { secondsLeft, warnSeconds } from "./idle";

it("counts from the last use and never below nothing", () => {
  expect(secondsLeft(0, 0, 1800)).toBe(1800);
  expect(secondsLeft(0, 1_740_001, 1800)).toBe(60);
  expect(secondsLeft(0, 9_000_000, 1800)).toBe(0);
});

it("announces a minute before, or half of a shorter time", () => {
  expect(warnSeconds(1800)).toBe(60);
  expect(warnSeconds(20)).toBe(10);
});
