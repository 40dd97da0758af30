import { describe, expect, it } from "vitest";
import { amount, hundredths } from "./amount";

describe("amounts of the board", () => {
  it("carry their unit and no idle decimals", () => {
    expect(amount(240, "m2", "zh")).toBe("240 m²");
    expect(amount(402.4, "m2", "en")).toBe("402.4 m²");
    expect(amount(6949.9, "m2", "en")).toBe("6,949.9 m²");
    expect(amount(66_028_427, "m2", "zh")).toBe("66.03 km²");
    expect(amount(3, "workers", "zh")).toBe("3 人");
  });

  it("are one in English", () => {
    expect(amount(1, "categories", "en")).toBe("1 category");
    expect(amount(1, "stations", "en")).toBe("1 station");
    expect(amount(2, "stations", "en")).toBe("2 stations");
  });

  it("keep a unit that the page does not know, and none", () => {
    expect(amount(2, "beds", "zh")).toBe("2 beds");
    expect(amount(2, null, "zh")).toBe("2");
  });

  it("show shares to the hundredth", () => {
    expect(hundredths(83.33)).toBe("83.33%");
    expect(hundredths(100)).toBe("100.00%");
    expect(hundredths(null)).toBe("—");
  });
});
