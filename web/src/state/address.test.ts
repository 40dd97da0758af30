import { describe, expect, it } from "vitest";
import { readAddress, writeAddress, type Address } from "./address";
import { NO_FILTER } from "./eventFilter";

const FULL: Address = {
  view: { centre: [117.3, 28.6], zoom: 15 },
  params: { minutes: 10, speed_kmh: 3.6, radius_m: 1000, category: "clinic", basis: "registered" },
  selection: { kind: "grid", code: "990101001001003" },
  lang: "en",
  large: true,
  panel: "data",
  division: null,
  plan: null,
  rules: null,
  within: null,
  sort: null,
  on: null,
  show: null,
  person: "",
  tab: "now",
  scenario: null,
  eventsTab: "events",
  filter: NO_FILTER,
  event: null,
  campaign: null,
};

describe("the address", () => {
  it("brings back what it was given", () => {
    expect(readAddress(writeAddress(FULL))).toEqual(FULL);
  });

  it("reads well", () => {
    expect(writeAddress(FULL)).toBe(
      "#map=15/28.60000/117.30000&minutes=10&speed=3.6&radius=1000&category=clinic&basis=registered" +
        "&select=grid:990101001001003&panel=data&lang=en&large=1",
    );
  });

  it("leaves out what it does not understand", () => {
    const cut = readAddress("#map=15/x/2&minutes=900&speed=&category=<b>&basis=all&select=grid&lang=fr&panel=plan");
    expect(cut).toEqual({ view: null, params: {}, selection: null, lang: null, large: false, panel: "coverage", division: null, plan: null, rules: null, within: null, sort: null, on: null, show: null, person: "", tab: "now", scenario: null, eventsTab: "events", filter: NO_FILTER, event: null, campaign: null });
  });

  it("holds the plan that is open, in its room only", () => {
    const room: Address = { ...FULL, panel: "division", division: "990101001001", plan: 12 };
    expect(writeAddress(room)).toContain("&panel=division&division=990101001001&plan=12&");
    expect(readAddress(writeAddress(room))).toEqual(room);
    expect(writeAddress({ ...room, panel: "data" })).not.toContain("plan=");
    expect(readAddress("#panel=division&plan=-3&division=x")).toMatchObject({ division: null, plan: null });
  });

  it("holds what the board shows, in its room only", () => {
    const room: Address = { ...FULL, panel: "standards", rules: "cixi-2009", within: "990101001", sort: { by: "premises", down: true } };
    expect(writeAddress(room)).toContain("&panel=standards&rules=cixi-2009&within=990101001&sort=-premises&");
    expect(readAddress(writeAddress(room))).toEqual(room);
    expect(writeAddress({ ...room, panel: "coverage" })).not.toContain("rules=");
    expect(readAddress("#panel=standards&rules=../x&within=all&sort=<b>")).toMatchObject({ rules: null, within: null, sort: null });
  });

  it("holds what the room of people looks at, in its room only, and its day beside the card of a grid", () => {
    const room: Address = { ...FULL, panel: "people", within: "990101001", on: "2026-05-03", show: "nobody", person: "李&某" };
    expect(writeAddress(room)).toContain("&panel=people&within=990101001&on=2026-05-03&show=nobody&person=%E6%9D%8E%26%E6%9F%90&");
    expect(readAddress(writeAddress(room))).toEqual(room);
    expect(writeAddress({ ...room, panel: "data" })).toMatch(/&panel=data&on=2026-05-03&(?!show)/);
    expect(writeAddress({ ...room, panel: "data", selection: null })).not.toContain("on=");
    expect(writeAddress({ ...room, panel: "standards" })).not.toContain("on=");
    expect(readAddress("#panel=people&on=2026-02-30&show=all")).toMatchObject({ on: null, show: null });
  });

  it("holds the scenario that is open", () => {
    const room: Address = { ...FULL, panel: "coverage", tab: "whatif", scenario: 7 };
    expect(writeAddress(room)).toContain("&tab=whatif&scenario=7&");
    expect(readAddress(writeAddress(room))).toEqual(room);
    expect(readAddress(writeAddress({ ...room, tab: "siting" }))).toMatchObject({ tab: "siting", scenario: 7 });
    expect(writeAddress({ ...room, panel: "data" })).not.toContain("tab=");
    expect(readAddress("#tab=all&scenario=1.5")).toMatchObject({ tab: "now", scenario: null });
  });

  it("holds what the list of events is narrowed to and the event that is open, in its room only", () => {
    const filter = { state: "", category: "city.garbage", level: "township", division: "990101001", grid: "990101001001003", q: "井 盖&", from: "2026-05-01", to: "2026-05-03", overdue: true, border: true };
    const room: Address = { ...FULL, panel: "events", filter, event: "0190b7f2-1d2c-7c3e-8a4f-5b6c7d8e9f00" };
    expect(writeAddress(room)).toContain(
      "&panel=events&state=all&level=township&kind=city.garbage&area=990101001&grid=990101001001003&words=%E4%BA%95%20%E7%9B%96%26" +
        "&from=2026-05-01&to=2026-05-03&overdue=1&border=1&event=0190b7f2-1d2c-7c3e-8a4f-5b6c7d8e9f00&",
    );
    expect(readAddress(writeAddress(room))).toEqual(room);
    expect(writeAddress({ ...room, panel: "data" })).not.toMatch(/state=|event=/);
    expect(writeAddress({ ...room, filter: NO_FILTER, event: null })).toMatch(/&panel=events&lang=en&large=1$/);
    expect(readAddress("#panel=events&state=<b>&kind=A&from=2026-02-30&overdue=yes&event=../x&campaign=1.5")).toMatchObject({ filter: NO_FILTER, event: null, campaign: null });
    // Days that cross stay as they were entered: the room says so.
    expect(readAddress("#panel=events&from=2026-05-03&to=2026-05-01").filter).toMatchObject({ from: "2026-05-03", to: "2026-05-01" });
  });

  it("holds the inspection that is open", () => {
    const room: Address = { ...FULL, panel: "events", eventsTab: "campaigns", campaign: 12 };
    expect(writeAddress(room)).toContain("&panel=events&tab=campaigns&campaign=12&");
    expect(readAddress(writeAddress(room))).toEqual(room);
    expect(readAddress("#panel=events&tab=whatif")).toMatchObject({ eventsTab: "events", campaign: null });
  });

  it("is empty without state", () => {
    expect(readAddress("").params).toEqual({});
  });
});
