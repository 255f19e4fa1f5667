import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { configProblem, interruptedProblem, Problem } from "../../../core/base/problem.ts";
import { sha256 } from "../../../core/base/sha256.ts";
import { openStore } from "../../../core/store/open_store.ts";
import type { Store } from "../../../core/store/store.ts";
import {
  isLasting,
  readFailure,
  readResult,
  storeFailure,
  storeResult,
} from "../../../core/units/results.ts";
import type { Unit } from "../../../core/units/unit.ts";
import { placeOutputs } from "../../../core/units/unit_files.ts";
import { inFolder } from "../../_in_folder.ts";

const UNIT = { id: "train-0123456789abcdef" } as Unit;

function withStore(body: (store: Store, path: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) =>
    await body(await openStore(join(folder, "store")), join(folder, "a.csv"))
  );
}

describe("results in a store", () => {
  it("are those of the first who has them, and are placed where they belong", () =>
    withStore(async (store, path) => {
      const attempt = { paths: [path], started: new Date(0), attempt: 1 };
      await Deno.writeTextFile(path, "first");
      const first = await storeResult(store, UNIT, attempt);
      assertEquals(first.outputs, [{ path, sha256: sha256("first"), bytes: 5 }]);
      await Deno.writeTextFile(path, "second");
      assertEquals(await storeResult(store, UNIT, { ...attempt, attempt: 2 }), first);
      assertEquals(await readResult(store, UNIT.id), first);
      await placeOutputs(store, first, () => false);
      assertEquals(await Deno.readTextFile(path), "second");
      await placeOutputs(store, first);
      assertEquals(await Deno.readTextFile(path), "first");
      await store.delete(`blobs/${sha256("first")}`);
      await Deno.remove(path);
      await assertRejects(() => placeOutputs(store, first), Problem, "has lost its content");
    }));

  it("tell of failures until there is a result; an interruption is none", () =>
    withStore(async (store, path) => {
      await storeFailure(store, UNIT, { error: interruptedProblem("x"), attempt: 1 });
      assertEquals(await readFailure(store, UNIT.id), null);
      await storeFailure(store, UNIT, { error: configProblem("wrong", "mend it"), attempt: 2 });
      const wrong = (await readFailure(store, UNIT.id))!;
      assertEquals([wrong.kind, wrong.message, wrong.next, wrong.attempt], ["config", "wrong", "mend it", 2]);
      assertEquals(isLasting(wrong), true);
      await storeFailure(store, UNIT, { error: new TypeError("fault"), attempt: 3 });
      assertEquals(isLasting((await readFailure(store, UNIT.id))!), false);
      await Deno.writeTextFile(path, "");
      await storeResult(store, UNIT, { paths: [path], started: new Date(), attempt: 4 });
      assertEquals(await readFailure(store, UNIT.id), null);
    }));
});
