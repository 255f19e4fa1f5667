import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { Drop } from "../../../core/nn/layers/dropout.ts";
import { startWasm } from "../../../core/wasm/start.ts";

for (const what of ["values", "examples"] as const) {
  Deno.test(`dropping ${what} keeps the mean, repeats by step and does nothing in inference`, async () => {
    await startWasm();
    tf.tidy(() => {
      const layer = new Drop({ name: "drop", seed: 1, rate: 0.25, what });
      const x = tf.ones([4000, 2, 2]);
      const at = (step: number) => (layer.apply(x, { training: true, step }) as tf.Tensor).dataSync();
      assertEquals(at(3), at(3));
      assert(at(3).some((value, i) => value !== at(4)[i]));
      const values = at(3), dropped = values.filter((value) => value === 0).length / values.length;
      assert(Math.abs(dropped - 0.25) < 0.03, `${dropped}`);
      assert(values.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6));
      assertEquals((layer.apply(x) as tf.Tensor).dataSync(), x.dataSync());
    });
  });
}
