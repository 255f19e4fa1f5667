import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { buildTarGz, buildZip, type Content, tarHeader } from "../core/formats/_build_archives.ts";
import {
  buildOfficialFolder,
  buildPair,
  NO_COMPILER,
  OFFICIAL_FILES,
  OFFICIAL_LINKS,
} from "../core/tensorflow/_stand_in.ts";
import {
  installedFiles,
  type InstallEnd,
  type InstallProject,
  runInstall,
  withInstallProject,
} from "./_install_project.ts";
import { needing } from "../_needing.ts";
import { ROOT } from "./_task_process.ts";

/** What an install of a folder or tarball leaves. */
const IN_PLACE = [
  ".tensorflow/install-1/lib/libtensorflow.so.2",
  ".tensorflow/install-1/lib/libtensorflow_framework.so.2",
  ".tensorflow/installed.json",
  ".tensorflow/lock",
];

/** What an install that was refused leaves in an empty folder. */
const NOTHING = [".tensorflow/lock"];

/** A test of an install that ends with loading a stand-in. */
function loadingTest(name: string, body: (project: InstallProject) => Promise<void>): void {
  Deno.test({ ...needing(name, NO_COMPILER), fn: () => withInstallProject(body) });
}

async function sha256(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

function assertDone({ code, stdout, stderr }: InstallEnd): void {
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "TensorFlow 2.18.0 is installed");
}

function assertRefused(end: InstallEnd, code: number, ...said: readonly string[]): void {
  assertEquals(end.code, code, end.stderr);
  for (const text of said) assertStringIncludes(end.stderr, text);
  assert(!end.stderr.includes("report it"), end.stderr);
}

loadingTest(
  "a folder laid out as the official tarball is installed: two files, no links",
  async (project) => {
    await buildOfficialFolder(project.source);
    assertDone(await runInstall(project, { flags: ["--from", project.source] }));
    assertEquals(await installedFiles(project), IN_PLACE);
    const record = JSON.parse(await Deno.readTextFile(join(project.folder, ".tensorflow", "installed.json")));
    for (const { path, sha256: recorded } of record.files) {
      assertEquals(recorded, await sha256(join(project.folder, ".tensorflow", path)));
    }
  },
);

/** Starts the backend of a copy of the project and says what a user would read. */
async function startBackend({ folder }: InstallProject): Promise<string> {
  const script = `
    import { startTensorflow } from "./core/tensorflow/backend.ts";
    const settings = { threads: 1, growGpuMemory: true };
    console.log(await startTensorflow(settings).catch(({ kind, message }) => kind + ": " + message));`;
  await Deno.writeTextFile(join(folder, "start.ts"), script);
  const args = ["run", "--no-check", "--no-prompt", "--allow-read", "--allow-ffi=.tensorflow", "start.ts"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
  return new TextDecoder().decode(stdout);
}

loadingTest(
  "the backend opens nothing when a foreign library lies beside what was installed",
  async (project) => {
    await buildOfficialFolder(project.source);
    assertDone(await runInstall(project, { flags: ["--from", project.source] }));
    await Deno.mkdir(join(project.folder, ".tensorflow", "lib"));
    await Deno.writeTextFile(join(project.folder, ".tensorflow", "lib", "libtensorflow.so.2"), "foreign");
    assertStringIncludes(
      await startBackend(project),
      'data: Cannot use the TensorFlow in "' + join(project.folder, ".tensorflow"),
    );
  },
);

async function officialTarball(project: InstallProject): Promise<Record<string, Content>> {
  await buildPair(project.source, OFFICIAL_FILES);
  const read = (name: string) => Deno.readFile(join(project.source, name));
  const links = OFFICIAL_LINKS.map(([name, to]) => [`./lib/${name}`, `->${to}`]);
  const files = Object.values(OFFICIAL_FILES).map(async (name) => [`./lib/${name}`, await read(name)]);
  const entries = Object.fromEntries([...links, ...await Promise.all(files)]);
  return { "./include/tensorflow/c/c_api.h": "not wanted", ...entries };
}

loadingTest("the official tarball is installed: two files, no links", async (project) => {
  const tarball = join(project.source, "libtensorflow.tar.gz");
  await Deno.writeFile(tarball, await buildTarGz(await officialTarball(project)));
  const end = await runInstall(project, { flags: ["--from", tarball] });
  assertDone(end);
  assertStringIncludes(end.stderr, "not compared with a checksum of the repository");
  assertEquals(await installedFiles(project), IN_PLACE);
});

/** Files in lib/ as a tar.gz, each followed by zeros, which loaders do not look at; made and written in pieces. */
function paddedTarGz(files: Readonly<Record<string, Uint8Array>>, zeros: number): ReadableStream<Uint8Array> {
  async function* pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (const [name, content] of Object.entries(files)) {
      const size = Math.ceil((content.length + zeros) / 512) * 512;
      yield tarHeader(`lib/${name}`, size);
      yield await Promise.resolve(new Uint8Array(content));
      for (let left = size - content.length; left > 0; left -= 1 << 20) {
        yield new Uint8Array(Math.min(left, 1 << 20));
      }
    }
    yield new Uint8Array(1024);
  }
  return ReadableStream.from(pieces()).pipeThrough(new CompressionStream("gzip"));
}

loadingTest(
  "libraries of 300 MB compressed a thousandfold take less than 200 MB of memory",
  async (project) => {
    const names = { library: "libtensorflow.so.2", framework: "libtensorflow_framework.so.2" };
    await buildPair(project.source, names);
    const read = (name: string) => Deno.readFile(join(project.source, name));
    const files = Object.values(names).map(async (name) => [name, await read(name)] as const);
    const tarball = join(project.source, "large.tar.gz");
    await Deno.writeFile(tarball, paddedTarGz(Object.fromEntries(await Promise.all(files)), 150e6));
    const end = await runInstall(project, { flags: ["--from", tarball] });
    assertDone(end);
    assertEquals(await installedFiles(project), IN_PLACE);
    assert(end.peak > 30e6 && end.peak < 200e6, `${end.peak} bytes of memory`);
  },
);

Deno.test("garbage and a cut tarball are problems of the file: it is named, and nothing stays", () =>
  withInstallProject(async (project) => {
    const whole = await buildTarGz({ "./lib/libtensorflow.so.2": "x".repeat(100_000) });
    const contents = {
      garbage: new TextEncoder().encode("<html>"),
      cut: whole.subarray(0, whole.length - 20),
    };
    for (const [name, bytes] of Object.entries(contents)) {
      const tarball = join(project.source, `${name}.tar.gz`);
      await Deno.writeFile(tarball, bytes);
      const end = await runInstall(project, { flags: ["--from", tarball] });
      assertRefused(end, 3, `Cannot install from "${tarball}"`, "next: Download it again");
      assertEquals(await installedFiles(project), NOTHING);
    }
  }));

Deno.test("an archive whose entry leads elsewhere is refused, and none of it stays", () =>
  withInstallProject(async (project) => {
    const name = "nvidia/../../lib/libtensorflow.so.2";
    const wheel = join(project.source, "tensorflow_cpu.whl");
    await Deno.writeFile(wheel, await buildZip({ [name]: "foreign", "a.dist-info/RECORD": "" }));
    const tarball = join(project.source, "tensorflow.tar.gz");
    await Deno.writeFile(tarball, await buildTarGz({ [`lib/../../lib/libtensorflow.so.2`]: "foreign" }));
    for (const path of [wheel, tarball]) {
      const end = await runInstall(project, { flags: ["--from", path] });
      assertRefused(end, 3, `Cannot install from "${path}"`, "outside its folder");
      assertEquals(await installedFiles(project), NOTHING);
    }
  }));

Deno.test("what is no library, folder or archive is a mistake in the command", () =>
  withInstallProject(async (project) => {
    const fifo = join(project.source, "pipe.tar.gz");
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    for (const path of [fifo, join(project.source, "none.whl"), "/dev/zero"]) {
      assertRefused(
        await runInstall(project, { flags: ["--from", path] }),
        2,
        `Cannot install from "${path}"`,
      );
    }
    const given = ["--from", project.source, "--version", "2.18.0"];
    assertRefused(await runInstall(project, { flags: given }), 2, "--version");
    assertRefused(
      await runInstall(project, { flags: ["--from", "official"] }),
      2,
      "no checksum",
      "--version",
    );
  }));

/** A folder with a python3 that runs a script of the shell, in the folder that pip is to fill. */
async function fakePython({ folder }: InstallProject, script: string): Promise<string> {
  const programs = join(folder, "..", "programs");
  await Deno.mkdir(programs, { recursive: true });
  await Deno.writeTextFile(join(programs, "python3"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return programs;
}

/** A pip that saves the files of `source` whatever it is asked for, and notes what that was beside itself. */
function fakePip(project: InstallProject): Promise<string> {
  return fakePython(project, `echo "$@" >> "$(dirname "$0")/asked"\ncp "${project.source}"/*.whl .`);
}

loadingTest("what a killed install leaves is removed by the next", async (project) => {
  await buildOfficialFolder(project.source);
  const path = await fakePython(project, "echo half a wheel > half.whl\nkill -9 $PPID");
  assertEquals((await runInstall(project, { flags: ["--version", "2.18.0"], path })).code, 137);
  assertEquals(await installedFiles(project), [".tensorflow/lock", ".tensorflow/staging/wheels/half.whl"]);
  assertDone(await runInstall(project, { flags: ["--from", project.source] }));
  assertEquals(await installedFiles(project), IN_PLACE);
});

/** The pinned wheels of this system. */
async function pins(kind: "cpu" | "gpu"): Promise<{ package: string; file: string; bytes: number }[]> {
  const text = await Deno.readTextFile(join(ROOT, "core", "tensorflow", "install", "pins.json"));
  return JSON.parse(text).wheels[`${Deno.build.os} ${Deno.build.arch} ${kind}`];
}

const PINNED = Deno.build.os === "linux" && Deno.build.arch === "x86_64";

Deno.test({
  name: "a pinned download is announced with its size, and refused when it is another file",
  ignore: !PINNED,
  fn: () =>
    withInstallProject(async (project) => {
      const path = await fakePip(project);
      for (const kind of ["cpu", "gpu"] as const) {
        const wheels = await pins(kind);
        await Deno.writeTextFile(join(project.source, wheels[0]!.file), "another file");
        const end = await runInstall(project, { flags: kind === "gpu" ? ["--gpu"] : [], path });
        const megabytes = Math.round(wheels.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
        assertMatch(end.stdout, new RegExp(`^Downloading ${wheels[0]!.package} .*: ${megabytes} MB$`, "m"));
        assertRefused(end, 3, wheels[0]!.file, "12 bytes, not");
        assertEquals(await installedFiles(project), NOTHING);
      }
      const asked = (await Deno.readTextFile(join(path, "asked"))).trim().split("\n");
      assertMatch(asked[0]!, /download --no-deps .* tensorflow-cpu==\d+\.\d+\.\d+$/);
      assertEquals(asked[1]!.split("==").length - 1, (await pins("gpu")).length);
    }),
});

Deno.test({
  name: "a dry run says what would be downloaded and the disk that it takes, and does nothing",
  ignore: !PINNED,
  fn: () =>
    withInstallProject(async (project) => {
      const { code, stdout } = await runInstall(project, { flags: ["--gpu", "--dry-run"] });
      assertEquals(code, 0);
      for (const pin of await pins("gpu")) assertStringIncludes(stdout, pin.package);
      assertMatch(stdout, /^It takes 4333 MB of disk, \d+ MB while it installs; \d+ MB are free$/m);
      await assertRejects(() => Deno.stat(join(project.folder, ".tensorflow")), Deno.errors.NotFound);
      const named = await runInstall(project, { flags: ["--version", "2.18.0", "--dry-run"] });
      assertRefused(named, 2, "Cannot tell beforehand what --version 2.18.0 takes");
    }),
});

loadingTest(
  "a version that is named is installed, and it is said that nothing was compared",
  async (project) => {
    await buildPair(project.source, { library: "cc", framework: "libtensorflow_framework.so.2" });
    const read = (name: string) => Deno.readFile(join(project.source, name));
    const files = {
      "tensorflow/libtensorflow_cc.so.2": await read("cc"),
      "tensorflow/libtensorflow_framework.so.2": await read("libtensorflow_framework.so.2"),
    };
    const record = await Promise.all(
      Object.entries(files).map(async ([name, bytes]) => {
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        return `${name},sha256=${
          digest.toBase64({ alphabet: "base64url", omitPadding: true })
        },${bytes.length}\n`;
      }),
    );
    const wheel = await buildZip({ ...files, "tensorflow-9.9.9.dist-info/RECORD": record.join("") });
    await Deno.writeFile(join(project.source, "tensorflow_cpu-9.9.9-cp312.whl"), wheel);
    const end = await runInstall(project, { flags: ["--version", "9.9.9"], path: await fakePip(project) });
    assertDone(end);
    assertMatch(
      end.stderr,
      /^warning: tensorflow(-cpu)?==9\.9\.9 is not compared with a checksum of the repository.*$/m,
    );
    assertEquals(await installedFiles(project), [
      ".tensorflow/install-1/tensorflow/libtensorflow_cc.so.2",
      ".tensorflow/install-1/tensorflow/libtensorflow_framework.so.2",
      ".tensorflow/installed.json",
      ".tensorflow/lock",
    ]);
  },
);
