import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join, toFileUrl } from "@std/path";
import { readSources } from "./check_house.ts";
import houseRules, { importVisitor } from "./house_rules.ts";
import { ROOT } from "./resolve_import.ts";
import { scanImports } from "./scan_imports.ts";

/** Messages of one rule for a source at a place in the project. */
function lint(rule: string, file: string, source: string): string[] {
  return Deno.lint.runPlugin(houseRules, join(ROOT, file), source)
    .filter(({ id }) => id === `house/${rule}`).map(({ message }) => message);
}

/** Every way of naming a module, with the plugin that core must not name. */
const UP: Readonly<Record<string, string>> = {
  "an import": `import { a } from "../../plugins/models/resnet.ts"; a();`,
  "an import for its effect": `import "../../plugins/models/resnet.ts";`,
  "a type import": `import type { A } from "../../plugins/models/resnet.ts"; export type B = A;`,
  "the type of an import": `export type A = typeof import("../../plugins/models/resnet.ts");`,
  "a type out of an import": `export type A = import("../../plugins/models/resnet.ts").B;`,
  "a named re-export": `export { a } from "../../plugins/models/resnet.ts";`,
  "a re-export of a type": `export type { A } from "../../plugins/models/resnet.ts";`,
  "a re-export of everything": `export * from "../../plugins/models/resnet.ts";`,
  "a re-export under a name": `export * as models from "../../plugins/models/resnet.ts";`,
  "a dynamic import": `await import("../../plugins/models/resnet.ts");`,
  "a dynamic import of a template": "await import(`../../plugins/models/resnet.ts`);",
  "an absolute path": `import "${ROOT}/plugins/models/resnet.ts";`,
  "a file URL": `import "${toFileUrl(ROOT)}/plugins/models/resnet.ts";`,
  "the package's own name": `import "@podium/podium";`,
  "the package's own name on JSR": `import "jsr:@podium/podium@^0.1";`,
  "a worker": `new Worker(new URL("../../plugins/models/resnet.ts", import.meta.url), { type: "module" });`,
  "a resolved module": `import.meta.resolve("../../plugins/models/resnet.ts");`,
};

describe("arrows-down", () => {
  for (const [name, source] of Object.entries(UP)) {
    it(`sees ${name}`, () => {
      const messages = lint("arrows-down", "core/hash/bits.ts", source);
      assertEquals(messages.length, 1);
      assertStringIncludes(messages[0]!, "core/hash (floor 4) imports ");
      assertStringIncludes(messages[0]!, "arrows run down only");
    });
  }
  it("lets tests import what they test", () => {
    for (const source of Object.values(UP)) {
      assertEquals(lint("arrows-down", "tests/core/bits_test.ts", source), []);
      assertEquals(lint("arrows-down", "third_party/std_csv/mod.ts", source), []);
    }
  });
  it("lets a room import itself, lower rooms and packages", () => {
    const source = `import "./bits.ts"; export * from "../base/json.ts"; import "@std/path"; import("zod");
      import "npm:zod@4"; new URL("../../plugins/", import.meta.url); new URL("./worker.ts");`;
    assertEquals(lint("arrows-down", "core/hash/low_frequencies.ts", source), []);
  });
  it("refuses another room of the same floor and what is outside the house", () => {
    const [beside] = lint("arrows-down", "core/hash/bits.ts", `import "../wasm/team.ts";`);
    assertStringIncludes(beside!, "core/hash (floor 4) imports core/wasm (floor 4)");
    const [outside] = lint("arrows-down", "core/hash/bits.ts", `import "../../tests/readme_tables.ts";`);
    assertStringIncludes(outside!, `imports "tests/readme_tables.ts", which is outside the house`);
  });
  it("asks for a floor", () => {
    const [problem] = lint("arrows-down", "core/garage/bits.ts", `import "../base/json.ts";`);
    assertStringIncludes(problem!, "core/garage has no floor");
  });
});

describe("one-decoding-room", () => {
  const forms = [
    "import $",
    "export * from $",
    "export { a } from $",
    "import type { A } from $",
    "import($)",
  ];
  const names = ["sharp", "npm:sharp@0.35.5", "@napi-rs/image", "npm:@napi-rs/image@1", "sharp/lib/index.js"];
  for (const form of forms) {
    it(`sees ${form}`, () => {
      for (const name of names) {
        const source = form.replace("$", `"${name}"`);
        assertEquals(lint("one-decoding-room", "core/scan/scan.ts", source).length, 1, source);
        assertEquals(lint("one-decoding-room", "core/image/decode.ts", source), []);
        assertEquals(lint("one-decoding-room", "tests/core/scan/scan_test.ts", source), []);
      }
    });
  }
  it("knows the decoders from packages of similar names", () => {
    assertEquals(
      lint("one-decoding-room", "core/scan/scan.ts", `import "sharpen"; import "./sharp.ts";`),
      [],
    );
  });
});

describe("lengths", () => {
  const lines = (count: number) => "a();\n".repeat(count);
  it("allows files of 400 lines", () => {
    assertEquals(lint("file-length", "core/hash/bits.ts", lines(400)), []);
    assertEquals(lint("file-length", "core/hash/bits.ts", lines(401)).length, 1);
  });
  it("allows functions of 40 lines", () => {
    const body = (count: number) => `function a() {\n${lines(count)}}`;
    assertEquals(lint("function-length", "core/hash/bits.ts", body(38)), []);
    assertEquals(lint("function-length", "core/hash/bits.ts", body(39)).length, 1);
    assertEquals(lint("function-length", "tests/a_test.ts", `describe("a", () => {\n${lines(50)}});`), []);
  });
});

/** The specifiers that Deno's parser finds in a source. */
function parseImports(file: string, source: string): string[] {
  const found: string[] = [];
  const create = (context: Deno.lint.RuleContext) =>
    importVisitor(context, (_node, specifier) => found.push(specifier));
  Deno.lint.runPlugin({ name: "found", rules: { imports: { create } } }, join(ROOT, file), source);
  return found.sort();
}

Deno.test("the scan of imports and Deno's parser find the same in every file of the project", () => {
  for (const [file, source] of readSources()) {
    const scanned = scanImports(source).map(({ specifier }) => specifier).sort();
    assertEquals(scanned, parseImports(file, source), file);
  }
});
