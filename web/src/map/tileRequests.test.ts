import { describe, expect, it } from "vitest";
import { Refused, TileRequests } from "./tileRequests";

describe("what is asked for together", () => {
  it("travels in one request per tile, in one order", async () => {
    const asked: string[] = [];
    const requests = new TileRequests((address) => {
      asked.push(address);
      return Promise.resolve(null);
    });
    await Promise.all([requests.ask("streets", "12/1/2"), requests.ask("barriers", "12/1/2"), requests.ask("streets", "12/1/3"), requests.ask("streets", "12/1/2")]);
    expect(asked).toEqual(["/tiles/barriers,streets/12/1/2", "/tiles/streets/12/1/3"]);
  });

  it("is asked for anew when it is wanted later, also after a failure", async () => {
    let calls = 0;
    const requests = new TileRequests(() => (calls++ === 0 ? Promise.reject(new Error("away")) : Promise.resolve(null)));
    const both = [requests.ask("streets", "12/1/2"), requests.ask("grids", "12/1/2")];
    await expect(Promise.allSettled(both)).resolves.toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    await expect(requests.ask("streets", "12/1/2")).resolves.toBeNull();
    expect(calls).toBe(2);
  });

  it("comes alone where one of the layers cannot be given", async () => {
    const asked: string[] = [];
    const requests = new TileRequests((address) => {
      asked.push(address);
      return address.includes("streets") ? Promise.reject(new Refused(address, 500)) : Promise.resolve(null);
    });
    const both = await Promise.allSettled([requests.ask("streets", "12/1/2"), requests.ask("grids", "12/1/2")]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(asked).toEqual(["/tiles/grids,streets/12/1/2", "/tiles/streets/12/1/2", "/tiles/grids/12/1/2"]);
  });

  it.each([401, 429, 503])("is not asked for again at once after %d", async (status) => {
    let calls = 0;
    const requests = new TileRequests((address) => {
      calls += 1;
      return Promise.reject(new Refused(address, status));
    });
    await Promise.allSettled([requests.ask("streets", "12/1/2"), requests.ask("grids", "12/1/2")]);
    expect(calls).toBe(1);
  });
});
