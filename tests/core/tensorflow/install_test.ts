import { createHash } from "node:crypto";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type Output, SILENT, SilentOutput } from "../../../core/base/output.ts";
import { type InstallRequest, installTensorflow } from "../../../core/tensorflow/install/install.ts";
import { officialUrl } from "../../../core/tensorflow/install/install_official.ts";
import { cudaRequirements } from "../../../core/tensorflow/install/install_pip.ts";
import { recordHashes } from "../../../core/tensorflow/install/stage_wheel.ts";
import { findLibrary } from "../../../core/tensorflow/find_library.ts";
import { Problem } from "../../../core/base/problem.ts";
import { buildTarGz, buildZip } from "../formats/_build_archives.ts";
import { inFolder } from "../../_in_folder.ts";

const silent = SILENT;

/** Keeps what it is warned of. */
class Heard extends SilentOutput {
  readonly warnings: string[] = [];

  override warn(text: string): void {
    this.warnings.push(text);
  }
}

function request(folder: string, changes: Partial<InstallRequest>): InstallRequest {
  const versionOf = (path: string) => Deno.readTextFileSync(path).trim();
  return { from: "official", gpu: false, version: null, quiet: true, folder, versionOf, ...changes };
}

const TARBALL = {
  "./include/tensorflow/c/c_api.h": "not wanted",
  "./lib/libtensorflow.so": "->libtensorflow.so.2",
  "./lib/libtensorflow.so.2": "->libtensorflow.so.2.18.0",
  "./lib/libtensorflow.so.2.18.0": "2.18.0",
  "./lib/libtensorflow_framework.so": "->libtensorflow_framework.so.2",
  "./lib/libtensorflow_framework.so.2": "->libtensorflow_framework.so.2.18.0",
  "./lib/libtensorflow_framework.so.2.18.0": "framework",
};

function serve(bytes: Uint8Array<ArrayBuffer>, md5: string | null): Deno.HttpServer<Deno.NetAddr> {
  const headers = new Headers(md5 === null ? {} : { "x-goog-hash": `crc32c=AAAAAA==, md5=${md5}` });
  const known = new URL(officialUrl({ gpu: false, version: "2.18.0" })).pathname;
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (asked) =>
      new URL(asked.url).pathname === known
        ? new Response(bytes, { headers })
        : new Response("no such version", { status: 404 }),
  );
}

async function installFromServer(
  folder: string,
  md5: string | null,
  version = "2.18.0",
  output: Output = silent,
): Promise<void> {
  const bytes = await buildTarGz(TARBALL);
  const server = serve(bytes, md5 === "right" ? createHash("md5").update(bytes).digest("base64") : md5);
  try {
    await installTensorflow(
      request(folder, { host: `http://127.0.0.1:${server.addr.port}`, version }),
      output,
    );
  } finally {
    await server.shutdown();
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names.sort();
}

/** The files that the record of an install folder names, with their text. */
async function installedTexts(folder: string): Promise<Record<string, string>> {
  const { files } = JSON.parse(await Deno.readTextFile(join(folder, "installed.json")));
  const texts = files.map(async ({ path }: { path: string }) => [
    path.replace(/^install-\d+\//, ""),
    await Deno.readTextFile(join(folder, path)),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}

/** An install folder's entries when one install is in its place. */
async function assertOneInstall(folder: string): Promise<void> {
  const entries = await entriesOf(folder);
  assertEquals(entries.length, 3, entries.join());
  assertMatch(entries.join(" "), /^install-\d+ installed\.json lock$/);
}

const UNPACKED = { "lib/libtensorflow.so.2": "2.18.0", "lib/libtensorflow_framework.so.2": "framework" };

Deno.test("the C tarball is unpacked under the names that loaders ask for, and found afterwards", async () => {
  await inFolder(async (folder) => {
    await installFromServer(folder, "right");
    await assertOneInstall(folder);
    assertEquals(await installedTexts(folder), UNPACKED);
    const found = await findLibrary({
      fromEnvironment: "",
      installFolder: folder,
      pythonFolders: [],
      systemFolders: [],
    });
    assertEquals(found, join(folder, "install-1", "lib", "libtensorflow.so.2"));
    assertEquals(await findLibrary({ fromEnvironment: folder }), found);
    const noted = JSON.parse(await Deno.readTextFile(join(folder, "installed.json")));
    assertEquals(noted.version, "2.18.0");
  });
});

Deno.test("a wrong or missing checksum leaves what was installed before", async () => {
  await inFolder(async (folder) => {
    await installFromServer(folder, "right");
    const before = await Deno.readTextFile(join(folder, "installed.json"));
    await assertRejects(
      () => installFromServer(folder, "AAAAAAAAAAAAAAAAAAAAAA=="),
      Problem,
      "checksum is wrong",
    );
    await assertRejects(() => installFromServer(folder, null), Problem, "no checksum");
    await assertOneInstall(folder);
    assertEquals(await Deno.readTextFile(join(folder, "installed.json")), before);
  });
});

Deno.test("a version that the server does not have is explained", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(() => installFromServer(folder, "right", "9.9.9"), Problem);
    assertStringIncludes(error.message, "404");
    assertStringIncludes(error.next!, "--from pip");
  });
});

Deno.test("a tarball is compared with nothing of the repository: it is said, and none is taken unasked", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(() => installTensorflow(request(folder, {}), silent), Problem);
    assertEquals(error.kind, "config");
    assertStringIncludes(error.next!, "--version");
    const output = new Heard();
    await installFromServer(folder, "right", "2.18.0", output);
    assertStringIncludes(output.warnings.join(), "not compared with a checksum of the repository");
  });
});

Deno.test("a folder takes the place of an earlier install of another kind; a linked file is copied once", async () => {
  await inFolder(async (folder) => {
    const [target, source] = [join(folder, "target"), join(folder, "source")];
    await Deno.mkdir(join(target, "tensorflow"), { recursive: true });
    await Deno.writeTextFile(join(target, "tensorflow", "libtensorflow_cc.so.2"), "2.9.0");
    await Deno.mkdir(join(source, "lib"), { recursive: true });
    await Deno.writeTextFile(join(source, "store"), "framework");
    await Deno.symlink("../store", join(source, "lib", "libtensorflow_framework.so.2"));
    await Deno.writeTextFile(join(source, "lib", "libtensorflow.so.2.18.0"), "2.18.0");
    await Deno.symlink("libtensorflow.so.2.18.0", join(source, "lib", "libtensorflow.so.2"));
    await Deno.symlink("libtensorflow.so.2", join(source, "lib", "libtensorflow.so"));
    await installTensorflow(request(target, { from: source }), silent);
    await assertOneInstall(target);
    assertEquals(await installedTexts(target), UNPACKED);
  });
});

function wheelFiles(hash: string): Record<string, string> {
  return {
    "tensorflow/libtensorflow_cc.so.2": "2.21.0",
    "tensorflow/python/other.so": "not wanted",
    "tensorflow_cpu-2.21.0.dist-info/RECORD": `tensorflow/libtensorflow_cc.so.2,sha256=${hash},6\n`,
  };
}

Deno.test("a wheel gives its libraries when they agree with its RECORD", async () => {
  await inFolder(async (folder) => {
    const wheel = join(folder, "tensorflow_cpu.whl");
    const hash = createHash("sha256").update("2.21.0").digest("base64url");
    await Deno.writeFile(wheel, await buildZip(wheelFiles(hash)));
    const target = join(folder, "target");
    const installed = await installTensorflow(request(target, { from: wheel }), silent);
    assertEquals(installed.files.map((file) => file.path), ["install-1/tensorflow/libtensorflow_cc.so.2"]);
    await Deno.writeFile(wheel, await buildZip(wheelFiles(hash.replace(/^./, "_"))));
    await assertRejects(
      () => installTensorflow(request(target, { from: wheel }), silent),
      Problem,
      "checksum",
    );
    await assertOneInstall(target);
  });
});

Deno.test("a folder without libraries is refused with the names looked for", async () => {
  await inFolder(async (folder) => {
    await assertRejects(
      () => installTensorflow(request(join(folder, "target"), { from: folder }), silent),
      Problem,
      "libtensorflow_cc.so.2",
    );
  });
});

Deno.test("of NVIDIA's wheels only what is loaded is taken, each where TensorFlow looks for it", async () => {
  await inFolder(async (folder) => {
    const libraries = {
      "tensorflow/libtensorflow_cc.so.2": true,
      "nvidia/cublas/lib/libcublas.so.12": true,
      "nvidia/cublas/lib/libnvblas.so.12": false,
      "nvidia/cusolver/lib/libcusolver.so.11": true,
      "nvidia/cusolver/lib/libcusolverMg.so.11": false,
      "nvidia/cuda_nvrtc/lib/libnvrtc.so.12": true,
      "nvidia/cuda_nvrtc/lib/libnvrtc-builtins.alt.so.12.9": false,
      "nvidia/cudnn/lib/libcudnn_cnn.so.9": true,
    };
    const hash = createHash("sha256").update("2.21.0").digest("base64url");
    const record = Object.keys(libraries).map((name) => `${name},sha256=${hash},6\n`).join("");
    const files = Object.fromEntries(Object.keys(libraries).map((name) => [name, "2.21.0"]));
    const wheel = join(folder, "both.whl");
    await Deno.writeFile(wheel, await buildZip({ ...files, "both-1.dist-info/RECORD": record }));
    const installed = await installTensorflow(request(join(folder, "target"), { from: wheel }), silent);
    const taken = Object.entries(libraries).filter(([, loaded]) => loaded).map(([name]) => name);
    const places = taken.map((name) => `install-1/${name.replace("/cusolver/", "/cusparse/")}`);
    assertEquals(installed.files.map(({ path }) => path).sort(), places.sort());
  });
});

Deno.test("a GPU wheel's metadata names NVIDIA's packages, of which those that are never loaded are left out", () => {
  const metadata = [
    "Requires-Dist: numpy>=1.26.0",
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    'Requires-Dist: nvidia-cufft-cu12<12.0; (sys_platform != "win32") and extra == "and-cuda"',
    'Requires-Dist: nvidia-nccl-cu12<3.0; (sys_platform != "win32") and extra == "and-cuda"',
  ].join("\n");
  assertEquals(cudaRequirements(metadata), ["nvidia-cublas-cu12<13.0,>=12.5.3.2", "nvidia-cufft-cu12<12.0"]);
});

Deno.test("RECORD's base64url hashes become hexadecimal", () => {
  const hash = createHash("sha256").update("a,b").digest();
  const record = `"odd,name",,\na.so,sha256=${hash.toString("base64url")},3\nRECORD,,\n`;
  assertEquals([...recordHashes(record)], [["a.so", hash.toString("hex")]]);
});

Deno.test("pinned wheels agree with their names, and those for CUDA come with NVIDIA's", async () => {
  const path = new URL("../../../core/tensorflow/install/pins.json", import.meta.url);
  const wheels: Record<string, Record<string, string>[]> = JSON.parse(await Deno.readTextFile(path)).wheels;
  for (const [system, pins] of Object.entries(wheels)) {
    for (const pin of pins) {
      assertEquals(pin.file!.split("-").slice(0, 2), [pin.package!.replaceAll("-", "_"), pin.version!]);
      assertMatch(pin.sha256!, /^[0-9a-f]{64}$/);
    }
    assertMatch(pins[0]!.package!, /^tensorflow/);
    assertEquals(pins.slice(1).every((pin) => pin.package!.startsWith("nvidia-")), true);
    assertEquals(pins.length > 1, system.endsWith("gpu"), system);
  }
});
