import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { pathExists } from "../../../core/base/files.ts";
import { Problem } from "../../../core/base/problem.ts";
import { downloadWeights } from "../../../core/weights/download.ts";
import { writeSafetensors } from "../../../core/weights/safetensors.ts";
import { readWeightFile } from "../../../core/weights/weight_file.ts";

const data = new Uint8Array(4 * 50_000).map((_, i) => i % 127);
const content = writeSafetensors(new Map([["weight", { dtype: "F32", shape: [50_000], data }]]));
const sha256 = createHash("sha256").update(content).digest("hex");

/** A hub as it answers: headers and a redirect from the repository, ranges from the store behind it. */
interface Hub {
  readonly url: string;
  /** Ranges asked for; null for the whole file. */
  readonly ranges: (string | null)[];
  /** What goes wrong. */
  fault: "none" | "checksum" | "cut";
}

function answer(request: Request, hub: Hub): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/store") return store(request, hub);
  if (pathname !== "/timm/small/resolve/main/model.safetensors") return new Response("none", { status: 404 });
  const etag = hub.fault === "checksum" ? "0".repeat(64) : sha256;
  const headers = { location: "/store", "x-linked-etag": `"${etag}"`, "x-linked-size": `${content.length}` };
  return new Response(null, { status: 302, headers });
}

function store(request: Request, hub: Hub): Response {
  const range = request.headers.get("range");
  hub.ranges.push(range);
  if (range) return new Response(content.slice(Number(range.match(/\d+/)![0])), { status: 206 });
  return new Response(hub.fault === "cut" ? content.slice(0, 70_000) : content);
}

async function withHub(use: (hub: Hub, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const hub = { url: "", ranges: [], fault: "none" } as Hub & { url: string };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => answer(request, hub),
  );
  hub.url = `http://127.0.0.1:${server.addr.port}`;
  try {
    await use(hub, folder);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

const repository = "timm/small";

Deno.test("weights are downloaded once, checked and read", async () => {
  await withHub(async (hub, folder) => {
    let seen = 0;
    const request = { repository, folder, hub: hub.url, onProgress: (done: number) => seen = done };
    const first = await downloadWeights(request);
    assertEquals([first.cached, first.sha256, first.bytes, seen], [
      false,
      sha256,
      content.length,
      content.length,
    ]);
    assertEquals((await readWeightFile("hf:timm/small", folder)).get("weight")!.data, data);
    assertEquals((await downloadWeights(request)).cached, true);
    assertEquals(hub.ranges.length, 1);
  });
});

Deno.test("an interrupted download goes on where it stopped", async () => {
  await withHub(async (hub, folder) => {
    await Deno.mkdir(join(folder, repository), { recursive: true });
    await Deno.writeFile(join(folder, repository, "model.safetensors.part"), content.slice(0, 70_000));
    const { path } = await downloadWeights({ repository, folder, hub: hub.url });
    assertEquals(hub.ranges, ["bytes=70000-"]);
    assertEquals(await Deno.readFile(path), content);
  });
});

for (const fault of ["checksum", "cut"] as const) {
  Deno.test(`a download with a wrong ${fault === "cut" ? "size" : "checksum"} is refused and thrown away`, async () => {
    await withHub(async (hub, folder) => {
      hub.fault = fault;
      const problem = await assertRejects(
        () => downloadWeights({ repository, folder, hub: hub.url }),
        Problem,
      );
      assertStringIncludes(problem.message, fault === "cut" ? "its size is not" : "its checksum is not");
      for (const name of ["model.safetensors", "model.safetensors.part"]) {
        assert(!(await pathExists(join(folder, repository, name))), name);
      }
    });
  });
}

Deno.test("an unknown repository and a missing network are told apart", async () => {
  await withHub(async (hub, folder) => {
    const unknown = { repository: "timm/none", folder, hub: hub.url };
    assertStringIncludes(
      (await assertRejects(() => downloadWeights(unknown), Problem)).message,
      "answers 404",
    );
    const nowhere = { repository, folder, hub: "http://127.0.0.1:9" };
    const problem = await assertRejects(
      () => downloadWeights(nowhere),
      Problem,
      "Cannot download from 127.0.0.1:9",
    );
    assertEquals(problem.exitCode, 3);
    assertStringIncludes(problem.next!, "Check the network");
  });
});
