import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { ImageTree } from "../../../core/layout/image_tree.ts";
import { Problem } from "../../../core/base/problem.ts";
import { inFolder } from "../../_in_folder.ts";

async function withTree(paths: readonly string[], check: (dir: string) => Promise<void>): Promise<void> {
  await inFolder(async (dir) => {
    for (const path of paths) {
      await Deno.mkdir(dirname(join(dir, path)), { recursive: true });
      await Deno.writeTextFile(join(dir, path), "");
    }
    await check(dir);
  });
}

Deno.test("an image tree finds a path, without extension or with its other case, then a name in the sub folders", () =>
  withTree(
    ["a.png", "a.jpg", "b.JPG", "1.2.840.5.png", "x/b.jpg", "x/c.png", "x/y/d.TIFF", "x/a.png"],
    async (dir) => {
      const tree = new ImageTree(dir);
      const expected: Record<string, string | null> = {
        "a.jpg": "a.jpg",
        "a": "a.png",
        "b": "b.JPG",
        "b.jpg": "b.JPG",
        "1.2.840.5": "1.2.840.5.png",
        "x/a": "x/a.png",
        "./x/../a.jpg": "a.jpg",
        "c": "x/c.png",
        "d": "x/y/d.TIFF",
        "d.tiff": "x/y/d.TIFF",
        "y/d": null,
        "e": null,
        "A": null,
      };
      for (const [id, path] of Object.entries(expected)) assertEquals([id, await tree.find(id)], [id, path]);
      assertEquals(await tree.need("c"), join(dir, "x/c.png"));
    },
  ));

Deno.test("an image tree leaves out hidden files, archives' forks, other files and named folders", () =>
  withTree(
    [
      "a.png",
      "._a.png",
      ".git/b.png",
      "__MACOSX/c.png",
      "notes.txt",
      "test/d.png",
      "x/test/e.png",
      "f.png/g.png",
    ],
    async (dir) => {
      const tree = new ImageTree(dir, { without: [join(dir, "test")] });
      assertEquals(await tree.paths(), ["a.png", "f.png/g.png", "x/test/e.png"]);
      assertEquals(await new ImageTree(join(dir, "nothing")).paths(), []);
      assertEquals(await new ImageTree(join(dir, "notes.txt")).paths(), []);
    },
  ));

Deno.test("an image tree follows links to folders once, and links to images", () =>
  withTree(["real/a.png", "data/b.png"], async (dir) => {
    await Deno.symlink(join(dir, "real"), join(dir, "data/link"));
    await Deno.symlink(join(dir, "real/a.png"), join(dir, "data/c.png"));
    await Deno.symlink(join(dir, "nothing"), join(dir, "data/broken"));
    await Deno.symlink(join(dir, "data"), join(dir, "real/back"));
    await Deno.symlink(join(dir, "data"), join(dir, "top"));
    for (const name of ["data", "top"]) {
      const paths = await new ImageTree(join(dir, name)).paths();
      assertEquals(paths.filter((path) => !path.includes("/")), ["b.png", "c.png"]);
      assertEquals(paths.includes("link/a.png"), true);
      assertEquals(paths.length, 3);
    }
  }));

Deno.test("an image tree refuses Ids outside of it and names that several images have", () =>
  withTree(["x/a.png", "y/a.png", "a/b.png", "a/b.jpg"], async (dir) => {
    const tree = new ImageTree(join(dir));
    for (const id of ["../a", "/etc/passwd", "x/../../a", "", "a\0"]) {
      await assertRejects(() => tree.find(id), Problem, "leaves its folder");
    }
    await assertRejects(() => tree.find("a"), Problem, '"x/a.png", "y/a.png"');
    assertEquals(await tree.find("b"), "a/b.png");
    await assertRejects(() => tree.need("z"), Problem, `"${join(dir, "z")}{.png|.jpg|.jpeg}"`);
  }));
