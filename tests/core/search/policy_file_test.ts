import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import {
  formatPython,
  parsePolicies,
  readPolicyFile,
  writePolicyFile,
} from "../../../core/search/policy/policy_file.ts";
import { parsePythonLiteral } from "../../../core/formats/python_literal.ts";
import { Problem } from "../../../core/base/problem.ts";

const UPSTREAM = fromFileUrl(new URL("../../../data/best_policy.data", import.meta.url));

describe("parsePythonLiteral", () => {
  it("reads every kind of literal", () => {
    const text = ` {'a': [1, -2.5e3, True, None], "b": ((1), (1,), ()), 'it\\'s': "x"} `;
    assertEquals(parsePythonLiteral(text), { a: [1, -2500, true, null], b: [1, [1], []], "it's": "x" });
  });

  it("refuses whatever is not a literal", () => {
    for (
      const text of ["__import__('os')", "[1, 2", "1 + 1", "{'a': 1, 'a': 2}", "'open", "[1 2]", "", "f(1)"]
    ) {
      assertThrows(() => parsePythonLiteral(text), SyntaxError, "expected", text);
    }
  });
});

describe("policy files", () => {
  it("read upstream's search result", async () => {
    const policies = await readPolicyFile(UPSTREAM);
    assertEquals(policies.map((policy) => policy.length), [5, 5, 5, 5, 5]);
    const operations = policies.flat(2);
    assertEquals(operations.length, 50);
    assertEquals(operations.filter(([, { p }]) => p === 0).length, 16);
    assertEquals(policies[1]![3]![1], ["RandomGamma", { gamma_limit: [76, 110], p: 0.5 }]);
  });

  it("survive a round trip in both forms", async () => {
    const folder = await Deno.makeTempDir();
    const policies = await readPolicyFile(UPSTREAM);
    for (const format of ["json", "python"] as const) {
      const path = join(folder, `policy.${format}`);
      await writePolicyFile(path, policies, { format });
      assertEquals(await readPolicyFile(path), policies);
    }
    await Deno.remove(folder, { recursive: true });
  });

  it("are written as upstream writes them", () => {
    const text = "[[(('Blur', {'blur_limit': 3, 'p': 0.5}), ('RandomGamma', {'gamma_limit': (74, 110)}))]]";
    assertEquals(formatPython(parsePolicies(text, "a")), text);
  });

  it("that are wrong or missing are explained", async () => {
    const missing = await assertRejects(() => readPolicyFile("data/gone.data"), Problem, "data/gone.data");
    assertEquals(missing.exitCode, 2);
    assertThrows(() => parsePolicies("[[(('Blur', 3))]]", "p.data"), Problem, "p.data");
    assertThrows(() => parsePolicies("exit()", "p.data"), Problem, "expected a literal at character 1");
    for (const open of ["[", "(", "{'a':"]) {
      const deep = open.repeat(100_000);
      assertThrows(() => parsePolicies(deep, "p.data"), Problem, "at most 64 brackets inside each other");
    }
    const long = `[[[["Blur", {"${"x".repeat(1_000_000)}": 1}], 3]]]`;
    const { message } = assertThrows(() => parsePolicies(long, "p.data"), Problem, "p.data");
    assert(message.length < 4000);
  });
});
