import { assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import { Problem } from "../../../core/base/problem.ts";
import { findLibrary } from "../../../core/tensorflow/find_library.ts";
import { checkInstalled } from "../../../core/tensorflow/install/installed.ts";
import { withStaging } from "../../../core/tensorflow/install/staging.ts";

const LIBRARY = "lib/libtensorflow.so.2", FRAMEWORK = "lib/libtensorflow_framework.so.2";

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

async function install(folder: string, text = "a library"): Promise<string> {
  const installed = await withStaging(folder, async (staging) => {
    await staging.write(LIBRARY, once(text));
    await staging.write(FRAMEWORK, once("a framework"));
    return await staging.commit({ version: "2.18.0", from: "a test", library: LIBRARY });
  });
  return join(folder, installed.library);
}

async function inFolder(body: (folder: string, library: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder, await install(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function find(installFolder: string): Promise<string | null> {
  return findLibrary({ fromEnvironment: "", installFolder, pythonFolders: [], systemFolders: [] });
}

/** What may happen to an install, and what is said of it. */
const DAMAGES: Readonly<Record<string, readonly [(library: string) => Promise<void>, string]>> = {
  "cut": [(library) => Deno.writeTextFile(library, "a lib"), "has 5 bytes, 9 were installed"],
  "another file of the same size": [
    (library) => Deno.writeTextFile(library, "A LIBRARY"),
    "is not the file that was installed",
  ],
  "what it depends on is another file": [
    (library) => Deno.writeTextFile(join(dirname(library), "libtensorflow_framework.so.2"), "A FRAMEWORK"),
    "libtensorflow_framework.so.2",
  ],
  "what it depends on is gone": [
    (library) => Deno.remove(join(dirname(library), "libtensorflow_framework.so.2")),
    "is missing",
  ],
  "replaced by a link to an equal file": [
    async (library) => {
      await Deno.rename(library, `${library}-moved`);
      await Deno.symlink(`${library}-moved`, library);
    },
    "no regular file",
  ],
  "a foreign library beside it": [
    (library) => Deno.writeTextFile(join(dirname(library), "libm.so.6"), ""),
    "was not put there by an install",
  ],
  "a foreign library where its search path leads": [
    async (library) => {
      const folder = join(dirname(library), "..", "..", "nvidia", "cublas", "lib");
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(join(folder, "libcublas.so.12"), "");
    },
    "nvidia/cublas/lib/libcublas.so.12",
  ],
  "a linked folder where its search path leads": [
    (library) => Deno.symlink("/usr/lib", join(dirname(library), "..", "..", "nvidia")),
    '"nvidia" was not put there',
  ],
  "a damaged record": [
    (library) => Deno.writeTextFile(join(dirname(library), "..", "..", "installed.json"), "{"),
    "its record installed.json is damaged",
  ],
};

for (const [name, [damage, said]] of Object.entries(DAMAGES)) {
  Deno.test(`an install is not opened: ${name}`, () =>
    inFolder(async (folder, library) => {
      await checkInstalled(folder, library);
      // Times of change have steps of some milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 30));
      await damage(library);
      const error = await assertRejects(() => checkInstalled(folder, library), Problem, said);
      assertEquals([error.kind, error.next], ["data", "Run `deno task install_tensorflow` again"]);
    }));
}

Deno.test("an install that was copied, with other times, is opened", () =>
  inFolder(async (folder, library) => {
    await Deno.utime(library, new Date(0), new Date(0));
    await checkInstalled(folder, library);
  }));

Deno.test("a library that no install recorded is neither found nor opened", () =>
  inFolder(async (folder, library) => {
    await Deno.remove(join(folder, "installed.json"));
    for (const place of ["lib", "tensorflow"]) {
      const foreign = join(folder, place, "libtensorflow.so.2");
      await Deno.mkdir(dirname(foreign));
      await Deno.writeTextFile(foreign, "foreign");
      assertEquals(await find(folder), null);
      await assertRejects(() => checkInstalled(folder, foreign), Problem, "was not put there by an install");
    }
    await assertRejects(() => checkInstalled(folder, library), Problem, "was not put there");
  }));

Deno.test("a file beside the recorded library is not opened, through a link neither", () =>
  inFolder(async (folder, library) => {
    const beside = join(folder, "staging", "libtensorflow.so.2");
    await Deno.mkdir(dirname(beside));
    await Deno.writeTextFile(beside, "foreign");
    const outside = await Deno.makeTempDir();
    await Deno.symlink(beside, join(outside, "link.so"));
    for (const path of [beside, join(outside, "link.so")]) {
      await assertRejects(
        () => checkInstalled(folder, path),
        Problem,
        "is not the library that was installed",
      );
    }
    await checkInstalled(folder, library);
    await Deno.remove(outside, { recursive: true });
  }));

Deno.test("libraries outside the install folder are not its business", () =>
  inFolder(async (folder) => {
    await checkInstalled(folder, "/usr/lib/libtensorflow.so.2");
    await checkInstalled(`${folder}-none`, `${folder}/installed.json`);
  }));

Deno.test("an install takes the place of another and of all that stopped ones have left", () =>
  inFolder(async (folder, first) => {
    for (const left of ["staging-123/lib", "install-7/lib", "lib", "nvidia/cublas", "staging"]) {
      await Deno.mkdir(join(folder, left), { recursive: true });
    }
    await Deno.writeTextFile(join(folder, "installed.json.99.part"), "{");
    await Deno.writeTextFile(join(folder, "notes.txt"), "the user's");
    const second = await install(folder, "a newer library");
    assertEquals(await find(folder), second);
    await checkInstalled(folder, second);
    assertEquals(await Deno.readTextFile(second), "a newer library");
    await assertRejects(() => Deno.stat(first), Deno.errors.NotFound);
    const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    assertEquals(left, [
      second.slice(folder.length + 1).split("/")[0]!,
      "installed.json",
      "lock",
      "notes.txt",
    ]);
  }));

Deno.test("an install that fails leaves the one before, and nothing of itself", () =>
  inFolder(async (folder, library) => {
    await assertRejects(
      () =>
        withStaging(folder, async (staging) => {
          await staging.write(LIBRARY, once("a newer library"));
          await staging.write(LIBRARY, once("again"));
        }),
      Problem,
      "comes twice",
    );
    await checkInstalled(folder, library);
    await assertRejects(() => Deno.stat(join(folder, "staging")), Deno.errors.NotFound);
  }));

Deno.test("of two installs at once the second is refused", () =>
  inFolder(async (folder) => {
    await withStaging(
      folder,
      () =>
        assertRejects(
          () => withStaging(folder, () => Promise.resolve()),
          Problem,
          "another install is running",
        ) as Promise<
          unknown
        >,
    );
    await install(folder);
  }));

Deno.test("a file that is damaged without a trace in its times is found by its content, when that is asked for", () =>
  inFolder(async (folder, library) => {
    await Deno.writeTextFile(library, "A LIBRARY");
    const path = join(folder, "installed.json");
    const record = JSON.parse(await Deno.readTextFile(path));
    const { mtime, ctime } = await Deno.stat(library);
    record.files[0].changed = `${mtime!.toISOString()} ${ctime!.toISOString()}`;
    await Deno.writeTextFile(path, JSON.stringify(record));
    await checkInstalled(folder, library);
    await assertRejects(
      () => checkInstalled(folder, library, { hash: "always" }),
      Problem,
      "is not the file that was installed",
    );
  }));
