import { describe, expect, it } from "vitest";
import { count, dateSpan, distance, duration, percent } from "./format";

describe("numbers on the page", () => {
  it("never round a part up to the whole or a rest away", () => {
    expect(percent(0.99999)).toBe("99.9%");
    expect(percent(0.00001)).toBe("0.1%");
    expect(percent(1)).toBe("100%");
    expect(percent(0)).toBe("0%");
    expect(percent(null)).toBe("—");
  });

  it("carry separators and units", () => {
    expect(count(12345.4, "zh")).toBe("12,345");
    expect(distance(1125, "zh")).toBe("1.13\u2009km");
    expect(distance(840, "en")).toBe("840\u2009m");
    expect(duration(899.6, "zh")).toBe("15 分 00 秒");
  });

  it("name one date once", () => {
    expect(dateSpan("2026-06-30", "2026-06-30")).toBe("2026-06-30");
    expect(dateSpan("2025-12-31", "2026-06-30")).toBe("2025-12-31 – 2026-06-30");
    expect(dateSpan(null, null)).toBeNull();
  });
});
