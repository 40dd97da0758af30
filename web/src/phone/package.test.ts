import { describe, expect, it } from "vitest";
import { whomToCall, type Person } from "./package";

function person(name: string, role: Person["role"], work_phone: string | null = "1"): Person {
  return { name, work_phone, post: "", role, substitute_for: null, until: null };
}

describe("whom to call about a grid", () => {
  it("is who works in it, wherever that person stands in the list", () => {
    expect(whomToCall({ workers: [person("l", "grid_leader"), person("o", "other"), person("w", "grid_worker")] })?.name).toBe("w");
  });

  it("is the leader, then anybody, where nobody else has a telephone", () => {
    const worker = person("w", "grid_worker", null);
    expect(whomToCall({ workers: [worker, person("o", "other"), person("l", "grid_leader")] })?.name).toBe("l");
    expect(whomToCall({ workers: [worker, person("o", "other")] })?.name).toBe("o");
    expect(whomToCall({ workers: [worker] })).toBeNull();
  });
});
