import { describe, expect, it } from "vitest";
import { cell, contentOf } from "./ledgerFile";

describe("a ledger", () => {
  it("travels byte for byte", async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
    const back = atob(await contentOf(new Blob([bytes])));
    expect(back.length).toBe(bytes.length);
    expect([...bytes].every((byte, i) => back.charCodeAt(i) === byte)).toBe(true);
  });

  it("comes back without formulas", () => {
    expect(cell('a "b"')).toBe('"a ""b"""');
    expect(cell("=1+1")).toBe(`"'=1+1"`);
  });
});
