import * as tf from "@tensorflow/tfjs";
import { assert } from "@std/assert";
import { createRequire } from "node:module";
import { exportTfjs, type TfjsFiles } from "../../../core/export/tfjs.ts";
import { pathExists } from "../../../core/base/files.ts";
import { needing } from "../../_needing.ts";
import { assertSameLogits, logitsOf, makeModel, pictures } from "./_models.ts";

const CHROMIUM = "/usr/bin/chromium";
const NAME = "resnet18", SIZE = 33;

/** A page with TensorFlow.js from its npm package and nothing of ours. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>wait</title><pre id="logits"></pre>
<script src="/tf.min.js"></script>
<script>
(async () => {
  await tf.setBackend("cpu");
  const model = await tf.loadLayersModel("/model.json");
  const pictures = new Float32Array(await (await fetch("/pictures.bin")).arrayBuffer());
  const logits = model.predict(tf.tensor4d(pictures, [2, ${SIZE}, ${SIZE}, 4]));
  document.getElementById("logits").textContent = "logits " + JSON.stringify([...logits.dataSync()]) + " end";
})().catch((error) => document.getElementById("logits").textContent = "failed " + error);
</script>`;

function serve({ topology, weights }: TfjsFiles): Deno.HttpServer<Deno.NetAddr> {
  const bundle = createRequire(import.meta.url).resolve("@tensorflow/tfjs").replace(
    /dist\/.*$/,
    "dist/tf.min.js",
  );
  const answers: Record<string, () => BodyInit> = {
    "/": () => PAGE,
    "/tf.min.js": () => Deno.readTextFileSync(bundle),
    "/model.json": () => topology,
    "/weights.bin": () => weights,
    "/pictures.bin": () => pictures(SIZE).buffer as ArrayBuffer,
  };
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const type = pathname === "/"
      ? "text/html"
      : pathname.endsWith(".js")
      ? "text/javascript"
      : "application/json";
    const answer = answers[pathname];
    return answer
      ? new Response(answer(), { headers: { "content-type": type } })
      : new Response(null, { status: 404 });
  });
}

/** What the page holds once its script is done. */
async function readPage(url: string): Promise<string> {
  const profile = await Deno.makeTempDir();
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  const args = [...flags, "--virtual-time-budget=60000", "--dump-dom", url];
  try {
    const { stdout } = await new Deno.Command(CHROMIUM, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(profile, { recursive: true });
  }
}

Deno.test({
  ...needing(
    "a browser gives the logits with TensorFlow.js alone",
    await pathExists(CHROMIUM) ? null : `there is no ${CHROMIUM}`,
  ),
  async fn() {
    await tf.setBackend("cpu");
    const model = makeModel(NAME, SIZE, { width: 4 });
    const server = serve(await exportTfjs(model));
    try {
      const page = await readPage(`http://127.0.0.1:${server.addr.port}/`);
      const logits = page.match(/logits (\[.*\]) end/)?.[1];
      assert(logits, page.slice(0, 1000));
      assertSameLogits(JSON.parse(logits), logitsOf(model, SIZE));
    } finally {
      await server.shutdown();
      model.dispose();
    }
  },
});
