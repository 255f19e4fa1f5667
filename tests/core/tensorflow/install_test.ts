import { createHash } from "node:crypto";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { SILENT } from "../../../core/base/output.ts";
import { type InstallRequest, installTensorflow } from "../../../core/tensorflow/install/install.ts";
import { officialUrl } from "../../../core/tensorflow/install/install_official.ts";
import { cudaRequirements, recordHashes } from "../../../core/tensorflow/install/install_pip.ts";
import { findLibrary } from "../../../core/tensorflow/find_library.ts";
import { Problem } from "../../../core/base/problem.ts";
import { buildTarGz, buildZip } from "../formats/_build_archives.ts";

const silent = SILENT;

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function request(folder: string, changes: Partial<InstallRequest>): InstallRequest {
  const versionOf = (path: string) => Deno.readTextFileSync(path).trim();
  return { from: "official", gpu: false, version: null, quiet: true, folder, versionOf, ...changes };
}

const TARBALL = {
  "./include/tensorflow/c/c_api.h": "not wanted",
  "./lib/libtensorflow.so.2.18.0": "2.18.0",
  "./lib/libtensorflow.so.2": "->libtensorflow.so.2.18.0",
  "./lib/libtensorflow_framework.so.2": "framework",
};

function serve(bytes: Uint8Array<ArrayBuffer>, md5: string | null): Deno.HttpServer<Deno.NetAddr> {
  const headers = new Headers(md5 === null ? {} : { "x-goog-hash": `crc32c=AAAAAA==, md5=${md5}` });
  const known = new URL(officialUrl({ gpu: false, version: null })).pathname;
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
  version: string | null = null,
): Promise<void> {
  const bytes = await buildTarGz(TARBALL);
  const server = serve(bytes, md5 === "right" ? createHash("md5").update(bytes).digest("base64") : md5);
  try {
    await installTensorflow(
      request(folder, { host: `http://127.0.0.1:${server.addr.port}`, version }),
      silent,
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

Deno.test("the C tarball is unpacked with its links, and found afterwards", async () => {
  await withFolder(async (folder) => {
    await installFromServer(folder, "right");
    assertEquals(await entriesOf(folder), ["installed.json", "lib"]);
    assertEquals(await entriesOf(join(folder, "lib")), [
      "libtensorflow.so.2",
      "libtensorflow.so.2.18.0",
      "libtensorflow_framework.so.2",
    ]);
    const found = await findLibrary({
      fromEnvironment: "",
      installFolder: folder,
      pythonFolders: [],
      systemFolders: [],
    });
    assertEquals(found, join(folder, "lib", "libtensorflow.so.2"));
    const noted = JSON.parse(await Deno.readTextFile(join(folder, "installed.json")));
    assertEquals(noted.version, "2.18.0");
  });
});

Deno.test("a wrong or missing checksum leaves what was installed before", async () => {
  await withFolder(async (folder) => {
    await installFromServer(folder, "right");
    const before = await Deno.readTextFile(join(folder, "installed.json"));
    await assertRejects(
      () => installFromServer(folder, "AAAAAAAAAAAAAAAAAAAAAA=="),
      Problem,
      "checksum is wrong",
    );
    await assertRejects(() => installFromServer(folder, null), Problem, "no checksum");
    assertEquals(await entriesOf(folder), ["installed.json", "lib"]);
    assertEquals(await Deno.readTextFile(join(folder, "installed.json")), before);
  });
});

Deno.test("a version that the server does not have is explained", async () => {
  await withFolder(async (folder) => {
    const error = await assertRejects(() => installFromServer(folder, "right", "9.9.9"), Problem);
    assertStringIncludes(error.message, "404");
    assertStringIncludes(error.next!, "--from pip");
  });
});

Deno.test("a folder takes the place of an earlier install of another kind, links and all", async () => {
  await withFolder(async (folder) => {
    const [target, source] = [join(folder, "target"), join(folder, "source")];
    await Deno.mkdir(join(target, "tensorflow"), { recursive: true });
    await Deno.writeTextFile(join(target, "tensorflow", "libtensorflow_cc.so.2"), "2.9.0");
    await Deno.mkdir(join(source, "lib"), { recursive: true });
    await Deno.writeTextFile(join(source, "lib", "libtensorflow.so.2.18.0"), "2.18.0");
    await Deno.symlink("libtensorflow.so.2.18.0", join(source, "lib", "libtensorflow.so.2"));
    await installTensorflow(request(target, { from: source }), silent);
    assertEquals(await entriesOf(target), ["installed.json", "lib"]);
    assertEquals(await Deno.readLink(join(target, "lib", "libtensorflow.so.2")), "libtensorflow.so.2.18.0");
    assertEquals(await findLibrary({ fromEnvironment: target }), join(target, "lib", "libtensorflow.so.2"));
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
  await withFolder(async (folder) => {
    const wheel = join(folder, "tensorflow_cpu.whl");
    const hash = createHash("sha256").update("2.21.0").digest("base64url");
    await Deno.writeFile(wheel, await buildZip(wheelFiles(hash)));
    const target = join(folder, "target");
    const installed = await installTensorflow(request(target, { from: wheel }), silent);
    assertEquals(installed.files.map((file) => file.path), ["tensorflow/libtensorflow_cc.so.2"]);
    await Deno.writeFile(wheel, await buildZip(wheelFiles(hash.replace(/^./, "_"))));
    await assertRejects(
      () => installTensorflow(request(target, { from: wheel }), silent),
      Problem,
      "checksum",
    );
    assertEquals(await entriesOf(target), ["installed.json", "tensorflow"]);
  });
});

Deno.test("a folder without libraries is refused with the names looked for", async () => {
  await withFolder(async (folder) => {
    await assertRejects(
      () => installTensorflow(request(join(folder, "target"), { from: folder }), silent),
      Problem,
      "libtensorflow_cc.so.2",
    );
  });
});

Deno.test("a GPU wheel's metadata names NVIDIA's packages", () => {
  const metadata = [
    "Requires-Dist: numpy>=1.26.0",
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    'Requires-Dist: nvidia-nccl-cu12<3.0; (sys_platform != "win32") and extra == "and-cuda"',
  ].join("\n");
  assertEquals(cudaRequirements(metadata), ["nvidia-cublas-cu12<13.0,>=12.5.3.2", "nvidia-nccl-cu12<3.0"]);
});

Deno.test("RECORD's base64url hashes become hexadecimal", () => {
  const hash = createHash("sha256").update("a,b").digest();
  const record = `"odd,name",,\na.so,sha256=${hash.toString("base64url")},3\nRECORD,,\n`;
  assertEquals([...recordHashes(record)], [["a.so", hash.toString("hex")]]);
});
