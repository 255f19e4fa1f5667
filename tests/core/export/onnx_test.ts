import * as tf from "@tensorflow/tfjs";
// Named here and not in deno.json, so that nobody but the tests installs its 180 MB.
// deno-lint-ignore no-import-prefix
import ort from "npm:onnxruntime-node@1.20.1";
import { exportOnnx } from "../../../core/export/onnx.ts";
import { assertSameLogits, CASES, logitsOf, makeModel, pictures } from "./_models.ts";

await tf.setBackend("cpu");

/** Pictures with the channels first. */
function channelsFirst(last: Float32Array, size: number): Float32Array {
  const first = new Float32Array(last.length), area = size * size;
  for (let at = 0; at < last.length; at++) {
    const image = Math.floor(at / (4 * area)), channel = at % 4, pixel = Math.floor(at / 4) % area;
    first[(image * 4 + channel) * area + pixel] = last[at]!;
  }
  return first;
}

for (const [name, size, params] of CASES) {
  Deno.test(`onnxruntime gives the logits of ${name}`, async () => {
    const model = makeModel(name, size, params);
    const session = await ort.InferenceSession.create(await exportOnnx(model));
    const image = new ort.Tensor("float32", channelsFirst(pictures(size), size), [2, 4, size, size]);
    const { logits } = await session.run({ image });
    assertSameLogits(logits!.data as Float32Array, logitsOf(model, size));
    await session.release();
    model.dispose();
  });
}
