import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { describe, expect, it } from "vitest";

const here = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

describe("the generated types", () => {
  it("are those of the stored OpenAPI (run `make types` when they differ)", async () => {
    const ast = await openapiTS(JSON.parse(here("./openapi.json")));
    expect(here("./schema.d.ts")).toBe(`${COMMENT_HEADER}${astToString(ast)}`);
  });
});
