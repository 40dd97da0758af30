import { expect, test } from "vitest";
import { bboxAround } from "./bbox";

test("a box around a box has its size on every side and stays on the globe", () => {
  expect(bboxAround([10, 20, 12, 21])).toEqual([8, 19, 14, 22]);
  expect(bboxAround([-179, -89, 179, 89])).toEqual([-180, -90, 180, 90]);
});
