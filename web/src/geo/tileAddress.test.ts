import { expect, test } from "vitest";
import { tileAddress } from "./tileAddress";

test("places a tile and spreads neighbours over the hosts", () => {
  const template = "https://t{0-7}.example.cn/vec_w?x={x}&y={y}&l={z}&tk=KEY";
  expect(tileAddress(template, 3, 5, 6)).toBe("https://t3.example.cn/vec_w?x=5&y=6&l=3&tk=KEY");
  expect(new Set([0, 1, 2, 3, 4, 5, 6, 7].map((x) => tileAddress(template, 3, x, 0).slice(0, 12))).size).toBe(8);
  expect(tileAddress("https://{s}.example.cn/{z}/{x}/{y}", 2, 1, 0)).toBe("https://b.example.cn/2/1/0");
});

test("counts rows from the south and asks for sharp tiles where the template says so", () => {
  expect(tileAddress("/{z}/{x}/{-y}{r}", 3, 0, 0)).toBe("/3/0/7");
  expect(tileAddress("/{z}/{x}/{y}{r}", 3, 0, 0, true)).toBe("/3/0/0@2x");
});
