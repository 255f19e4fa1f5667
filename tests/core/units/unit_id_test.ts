import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash } from "node:crypto";
import { VERSION } from "../../../core/base/version.ts";
import { Problem } from "../../../core/base/problem.ts";
import type { Unit } from "../../../core/units/unit.ts";
import { canonicalJson, checkUnitId, unitId } from "../../../core/units/unit_id.ts";

const PARTS = {
  kind: "swa",
  task: { name: "swa", config: { b: 1, a: [2.5, null] } },
  inputs: [{ path: "data/split.csv", sha256: "0".repeat(64) }],
  needs: ["train-0123456789abcdef"],
} as const;

function unit(changes: Partial<Unit> = {}): Unit {
  const made = { ...PARTS, inputs: [...PARTS.inputs], needs: [...PARTS.needs] };
  return { id: "", title: "swa", outputs: [], estimate: null, threads: 0, ...made, ...changes };
}

describe("the name of a unit", () => {
  it("is its kind and the hash of what decides its results, keys in order", () => {
    const text = `{"inputs":[{"path":"data/split.csv","sha256":"${"0".repeat(64)}"}],"kind":"swa",` +
      `"needs":["train-0123456789abcdef"],"podium":"${VERSION}",` +
      '"task":{"config":{"a":[2.5,null],"b":1},"name":"swa"}}';
    const hash = createHash("sha256").update(text).digest("hex");
    assertEquals(unitId(unit()), `swa-${hash.slice(0, 16)}`);
  });

  it("depends on each of these and on nothing else", () => {
    const name = unitId(unit());
    for (
      const same of [{ title: "x" }, { outputs: ["a"] }, { threads: 3 }, {
        estimate: { seconds: 1, bytes: 2 },
      }]
    ) {
      assertEquals(unitId(unit(same)), name);
    }
    const others: Partial<Unit>[] = [{ kind: "train" }, { needs: [] }, { inputs: [] }, {
      task: { name: "swa" },
    }];
    for (const other of others) assertNotEquals(unitId(unit(other)), name);
  });

  it("shows that a plan was edited, or made by another version", () => {
    const named = { ...unit(), id: unitId(unit()) };
    checkUnitId(named);
    assertThrows(() => checkUnitId({ ...named, needs: [] }), Problem, "would name it");
  });

  it("does not depend on the order of keys at any depth", () => {
    const one = { a: { x: 1, y: [{ p: 1, q: 2 }] }, b: 2 },
      other = { b: 2, a: { y: [{ q: 2, p: 1 }], x: 1 } };
    assertEquals(canonicalJson(one), canonicalJson(other));
    assertNotEquals(canonicalJson({ a: [1, 2] }), canonicalJson({ a: [2, 1] }));
  });
});
