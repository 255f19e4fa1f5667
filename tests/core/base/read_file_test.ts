import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { describe, it } from "@std/testing/bdd";
import { joinInside } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { type FileKind, readFile, readFileSync } from "../../../core/base/read_file.ts";
import { inFolder } from "../../_in_folder.ts";

const KINDS: readonly FileKind[] = ["image", "table", "text", "weights"];

describe("readFile()", () => {
  it("reads regular files, through links too", () =>
    inFolder(async (dir) => {
      await Deno.writeFile(join(dir, "a.png"), Uint8Array.of(1, 2, 3));
      await Deno.symlink("a.png", join(dir, "b.png"));
      assertEquals(await readFile(join(dir, "b.png"), "image"), Uint8Array.of(1, 2, 3));
      assertEquals(readFileSync(join(dir, "a.png"), "text"), Uint8Array.of(1, 2, 3));
    }));

  it("refuses pipes, devices and folders at once, whatever their names", () =>
    inFolder(async (dir) => {
      const pipe = join(dir, "x.png"), zero = join(dir, "zero.png");
      assertEquals((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
      await Deno.symlink("/dev/zero", zero);
      for (const path of [pipe, zero, dir]) {
        for (const kind of KINDS) {
          const problem = await assertRejects(() => readFile(path, kind), Problem, "no regular file");
          assertEquals(problem.exitCode, 3);
          assertThrows(() => readFileSync(path, kind), Problem, path);
        }
      }
    }));

  it("refuses files above the limit of their kind before it reads them", () =>
    inFolder(async (dir) => {
      const path = join(dir, "sparse.png");
      await Deno.writeFile(path, new Uint8Array());
      // A hole of 6 GB, and one of 17 GB for weights.
      await Deno.truncate(path, 6e9);
      for (const kind of ["image", "table", "text"] as const) {
        await assertRejects(() => readFile(path, kind), Problem, "5.6 GiB");
      }
      await Deno.truncate(path, 2 ** 34 + 1);
      await assertRejects(() => readFile(path, "weights"), Problem, "at most 16.0 GiB");
    }));

  it("passes on that a file is missing", () =>
    inFolder(async (dir) => {
      await assertRejects(() => readFile(join(dir, "none"), "text"), Deno.errors.NotFound);
    }));
});

describe("joinInside()", () => {
  it("takes names that begin with dots, and refuses those that leave the folder", () => {
    for (const name of ["..png", "...x", "..", "../a", "a/../../b", "/etc/passwd"]) {
      const leaves = !/^\.\.+[a-z]/.test(name);
      if (leaves) assertThrows(() => joinInside("data", name), Problem, "leaves its folder");
      else assertEquals(joinInside("data", name), `data/${name}`);
    }
  });
});
