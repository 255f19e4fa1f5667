import * as tf from "@tensorflow/tfjs";
import { NetworkBuilder } from "../../../core/nn/builder.ts";
import { namedVariables } from "../../../core/nn/named_variables.ts";
import type { Model } from "../../../core/plugin/contracts.ts";

/** Side of the pictures; the feature maps have a quarter of it. */
export const SIDE = 16;
/** Side of the feature maps. */
export const MAP_SIDE = 4;

/** A black picture `[SIDE, SIDE, 3]` with a red patch on one quarter of a side and a green one on another. */
export function patches(
  { red, green }: { readonly red: [row: number, col: number]; readonly green: [row: number, col: number] },
): Float32Array {
  const values = new Float32Array(SIDE * SIDE * 3);
  for (const [channel, [row, col]] of [red, green].entries()) {
    for (let y = 4 * row; y < 4 * row + 4; y++) {
      for (let x = 4 * col; x < 4 * col + 4; x++) values[(y * SIDE + x) * 3 + channel] = 1;
    }
  }
  return values;
}

function assign(model: Model, name: string, values: readonly number[]): void {
  const variable = namedVariables(model).get(name)!;
  tf.tidy(() => variable.assign(tf.tensor([...values], variable.shape)));
}

/** A mean over 4 x 4 pixels of each colour, as a convolution `[4, 4, 3, 3]`. */
const MEANS = Array.from({ length: 16 * 9 }, (_, i) => Math.floor(i % 9 / 3) === i % 3 ? 1 / 16 : 0);

/** Class 0 is told by red, class 1 by green and against red, class 2 by blue: hand-set weights. */
export function patchNet(head: "average" | "attention"): Model {
  const net = new NetworkBuilder(1);
  const input = tf.input({ shape: [SIDE, SIDE, 3] });
  const features = net.conv(input, "conv1", { filters: 3, kernel: 4, stride: 4 });
  const logits = head === "average"
    ? net.linear(net.globalAveragePool(features, "avgpool"), "fc", { outputs: 3 })
    : net.attentionHead(features, "output", { convolutions: ["last_linear", "attention"], classes: 3 });
  const model = tf.model({ inputs: input, outputs: logits });
  assign(model, "conv1.weight", MEANS);
  // By class for each colour in turn: tf's axes are [inputs, outputs].
  const evidence = [2, -3, 0, 0, 5, 0, 0, 0, 1];
  for (const name of head === "average" ? ["fc"] : ["last_linear", "attention"]) {
    assign(model, `${name}.weight`, evidence);
    assign(model, `${name}.bias`, [0.5, -0.25, 0]);
  }
  return model;
}
