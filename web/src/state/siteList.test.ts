import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COLUMNS, decodeTable, readSites } from "./siteList";

const faults = (text: string): string[] => readSites(text).faults.map(({ row, field, reason }) => [row, field, reason].join(" "));

describe("a list of candidates", () => {
  it("is read by the names offices use, with any of the usual separators", () => {
    const wanted = [
      { code: "K1", name: "供销社, 老店", lon: 117.31, lat: 28.6, capacity: 1200 },
      { code: "row:3", name: null, lon: 117.32, lat: 28.61, capacity: null },
    ];
    expect(readSites('编码,名称,经度（度）,纬度,服务能力\nK1,"供销社, 老店",117.31,28.6,"1,200"\n,,117.32,28.61,\n')).toEqual({ sites: wanted, faults: [] });
    expect(readSites("\ufeffCode\tName\tLon\tLat\tCapacity\r\nK1\t供销社, 老店\t117.31\t28.6\t1200户\r\n\t\t１１７．３２\t28.61\t不限\r\n").sites).toEqual(wanted);
    expect(readSites("x;y\n117.3;28.6").sites).toEqual([{ code: "row:2", name: null, lon: 117.3, lat: 28.6, capacity: null }]);
  });

  it("names every fault by its row, and takes nothing then", () => {
    const text = "编码,经度,纬度,能力\nA,117.3,28.6,100\n\nB,东,28.6,-1\nA,28.6,117.3,1.5\nC,,92,\n";
    expect(faults(text)).toEqual(["4 lon not_a_number", "4 capacity out_of_range", "5 lat swapped", "5 capacity not_whole", "5 code twice", "6 lon missing", "6 lat out_of_range"]);
    expect(readSites(text).sites).toEqual([]);
  });

  it("says what is wrong with the whole of it", () => {
    expect(faults("")).toEqual(["  no_rows"]);
    expect(faults("编码,经度,纬度\n")).toEqual(["  no_rows"]);
    expect(faults("名称,地址\n甲,乙路 1 号")).toEqual(["1 lon no_column", "1 lat no_column"]);
    expect(faults('经度,纬度\n117,28\n"117,28')).toEqual(["3  open_quote"]);
    expect(faults(`lon,lat\n${"117,28\n".repeat(2001)}`)).toEqual(["  too_many"]);
  });

  it("is decoded as UTF-8 or as the national encoding, and refused where it is no text", () => {
    expect(decodeTable(new TextEncoder().encode("经度"))).toBe("经度");
    expect(decodeTable(new Uint8Array([0xbe, 0xad, 0xb6, 0xc8]))).toBe("经度");
    expect(decodeTable(new Uint8Array([0xff, 0xfe, 0xcf, 0x7e]))).toBe("经");
    expect(decodeTable(new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]))).toBeNull();
  });

  it("knows the names under which stations are imported", () => {
    const server = readFileSync(new URL("../../../layers/io/fields.py", import.meta.url), "utf8");
    const kind = /STATIONS = Kind\([\s\S]*?\n\)\n/.exec(server)![0];
    for (const [field, source] of [["code", kind], ["name", kind], ["capacity", kind], ["lon", server], ["lat", server]] as const) {
      const names = new RegExp(`Field\\("${field}", "\\w+", \\(([^)]*)\\)`).exec(source)![1]!.match(/"[^"]+"/g)!.map((text) => text.slice(1, -1));
      expect(names.length).toBeGreaterThan(2);
      expect(COLUMNS[field]).toEqual(expect.arrayContaining(names));
    }
  });
});
