import { describe, expect, it } from "vitest";
import { count, dateSpan, distance, duration, percent, moment, shortMoment } from "./format";

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

describe("a moment", () => {
  it("is told by China's clock on every machine", () => {
    expect(moment("2026-11-24T19:30:05Z")).toBe("2026-11-25 03:30");
    expect(moment("2026-11-24T18:00:05+08:00", true)).toBe("2026-11-24 18:00:05");
    expect(moment("never")).toBe("never");
    const now = new Date("2026-12-31T20:00:00Z");
    expect(shortMoment("2026-12-31T19:30:00Z", now)).toBe("01-01 03:30");
    expect(shortMoment("2026-11-24T19:30:00Z", now)).toBe("2026-11-25 03:30");
  });
});
