import { expect, it } from "vitest";
import { rangeOf } from "./ranges";

it("counts whole days of China, today included", () => {
  // 19:30 UTC is the next day in China.
  const now = new Date("2026-11-24T19:30:00Z");
  expect(rangeOf("today", now)).toEqual({ from: "2026-11-25", to: "2026-11-25" });
  expect(rangeOf("days7", now)).toEqual({ from: "2026-11-19", to: "2026-11-25" });
  expect(rangeOf("days30", now)).toEqual({ from: "2026-10-27", to: "2026-11-25" });
  expect(rangeOf("months6", now)).toEqual({ from: "2026-05-25", to: "2026-11-25" });
});

it("ends a month that is shorter at its last day", () => {
  expect(rangeOf("months6", new Date("2026-08-31T04:00:00Z")).from).toBe("2026-02-28");
});
