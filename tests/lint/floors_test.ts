import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { houseProblems, readSources } from "./check_house.ts";
import { findCircles } from "./circles.ts";
import { crowdedFolders } from "./crowded_folders.ts";
import { arrowProblem, FLOORS, roomOf } from "./floors.ts";
import { packageSpecifier, resolveImport, ROOT } from "./resolve_import.ts";
import { scanImports } from "./scan_imports.ts";

describe("floors", () => {
  it("gives every room one floor", () => {
    assertEquals(new Set(FLOORS.flat()).size, FLOORS.flat().length);
  });
  it("knows the room of a file", () => {
    assertEquals(roomOf("core/hash/assembly/index.ts"), "core/hash");
    assertEquals(roomOf("plugins/models/resnet.ts"), "plugins");
    assertEquals(roomOf("mod.ts"), "mod.ts");
    assertEquals(roomOf("tests/core/hash/bits_test.ts"), null);
    assertEquals(roomOf("third_party/std_csv/mod.ts"), null);
  });
  it("lets arrows run down only", () => {
    assertEquals(arrowProblem("tasks/train.ts", "core/base/json.ts"), null);
    assertEquals(arrowProblem("core/base/json.ts", "core/base/pixels.ts"), null);
    assertEquals(arrowProblem("tests/a.ts", "tasks/train.ts"), null);
    assertStringIncludes(arrowProblem("core/base/json.ts", "tasks/train.ts")!, "arrows run down only");
    assertStringIncludes(arrowProblem("plugins/a.ts", "mod.ts")!, "arrows run down only");
    assertStringIncludes(arrowProblem("core/base/json.ts", "new.ts")!, "new.ts has no floor");
  });
});

describe("resolveImport", () => {
  const map = { "#core/": "./core/", hash: "./core/hash/bits.ts", "#core/x/": "npm:x/", "/": "./" };
  it("follows an import map into the project", () => {
    assertEquals(resolveImport("plugins/models/a.ts", "#core/hash/bits.ts", map), "core/hash/bits.ts");
    assertEquals(resolveImport("plugins/models/a.ts", "hash", map), "core/hash/bits.ts");
    assertEquals(resolveImport("plugins/models/a.ts", "/tasks/train.ts", map), "tasks/train.ts");
    assertEquals(resolveImport("plugins/models/a.ts", "#core/x/y.ts", map), null);
  });
  it("follows relative and absolute paths, file URLs and the package's own name", () => {
    assertEquals(resolveImport("core/hash/bits.ts", "../base/json.ts?a=1"), "core/base/json.ts");
    assertEquals(resolveImport("core/hash/bits.ts", "../../../other.ts"), "../other.ts");
    assertEquals(resolveImport("core/hash/bits.ts", `${ROOT}/mod.ts`), "mod.ts");
    assertEquals(resolveImport("core/hash/bits.ts", `file://${ROOT}/mod.ts`), "mod.ts");
    assertEquals(resolveImport("core/hash/bits.ts", "@podium/podium"), "mod.ts");
    assertEquals(resolveImport("core/hash/bits.ts", "jsr:@podium/podium@1"), "mod.ts");
  });
  it("leaves packages alone", () => {
    for (const name of ["zod", "npm:zod@4.6.7", "node:process", "https://a.b/c.ts", "@std/path"]) {
      assertEquals(resolveImport("core/hash/bits.ts", name), null);
    }
  });
  it("takes packages without registry and version", () => {
    assertEquals(packageSpecifier("npm:/@napi-rs/image@1.15.0/index.js"), "@napi-rs/image/index.js");
    assertEquals(packageSpecifier("sharp@0.35"), "sharp");
  });
});

describe("scanImports", () => {
  const specifiers = (source: string) => scanImports(source).map(({ specifier }) => specifier);
  it("ignores comments, texts, templates and regular expressions", () => {
    const source = [
      `// import "a"`,
      `/* import "b" */ const c = 'import "c"', d = a! / 2, e = /import "e[/"]/, f = x++ / 3 / y;`,
      "const g = `import 'g' ${`${{ h: '}' }.h}`} from 'h'`;",
      `queue.import("i"); import "./found.ts";`,
    ].join("\n");
    assertEquals(scanImports(source), [{ specifier: "./found.ts", line: 4 }]);
  });
  it("finds what stands in the expression of a template", () => {
    assertEquals(specifiers("`${await import('./a.ts')} ${import(`./b.ts`)}`"), ["./a.ts", "./b.ts"]);
  });
  it("takes workers, not other URLs", () => {
    assertEquals(specifiers(`new URL("worker.ts", import.meta.url)`), ["./worker.ts"]);
    assertEquals(specifiers(`new URL("./data.json", import.meta.url); new URL("./a.ts", base)`), []);
  });
});

describe("circles", () => {
  it("finds none in a tree", () => {
    assertEquals(findCircles(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), []);
  });
  it("finds rings of one, of two and of three files", () => {
    const graph = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", ["e"]], ["e", ["d", "e"]]]);
    assertEquals(findCircles(graph), [["a", "b", "c", "a"], ["d", "e", "d"], ["e", "e"]]);
  });
});

describe("crowded folders", () => {
  const files = (folder: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${folder}/file_${index}.ts`);
  it("counts rooms and sub-rooms of core by themselves", () => {
    assertEquals(crowdedFolders([...files("core/hash", 20), ...files("core/hash/tone", 20)]), []);
    assertEquals(crowdedFolders(files("core/hash", 21)), [{ folder: "core/hash", files: 21 }]);
    assertEquals(crowdedFolders(files("core/hash/tone", 21)), [{ folder: "core/hash/tone", files: 21 }]);
  });
  it("does not count plugins and tests", () => {
    assertEquals(crowdedFolders([...files("plugins/models", 30), ...files("tests/core/hash", 30)]), []);
  });
});

describe("the house", () => {
  it("is in order", () => {
    assertEquals(houseProblems(readSources()), []);
  });
  it("says each kind of problem with its place", () => {
    const sources = new Map([
      ["core/hash/bits.ts", `\nexport * from "../wasm/team.ts";`],
      ["core/wasm/team.ts", `new Worker(new URL("./worker.ts", import.meta.url));`],
      ["core/wasm/worker.ts", `import type { Start } from "./team.ts";`],
      ["core/garage/car.ts", ""],
      ...Array.from({ length: 21 }, (_, index) => [`core/base/file_${index}.ts`, ""] as const),
    ]);
    const problems = houseProblems(sources);
    assertEquals(problems.length, 4);
    assertStringIncludes(problems[0]!, "core/garage has no floor");
    assertStringIncludes(
      problems[1]!,
      `core/hash/bits.ts:2: import of "../wasm/team.ts": core/hash (floor 4)`,
    );
    assertStringIncludes(problems[2]!, "core/wasm/team.ts -> core/wasm/worker.ts -> core/wasm/team.ts");
    assertStringIncludes(problems[3]!, "core/base has 21 files, at most 20");
  });
});
