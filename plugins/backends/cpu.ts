import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { defineBackend } from "../../plugin.ts";

async function start(): Promise<string> {
  // Suppresses the hint, printed in Node.js, to use a faster backend.
  tf.env().set("IS_NODE", false);
  if (!(await tf.setBackend("cpu"))) throw new Error("The cpu backend of TensorFlow.js did not start");
  await tf.ready();
  return "cpu: TensorFlow.js in plain JavaScript, slow; a reference for the other backends";
}

/** Plain JavaScript, the reference for testing the other backends. */
export default defineBackend({
  name: "cpu",
  about: "Plain JavaScript; the reference for the other backends, slow",
  params: z.strictObject({}),
  rank: null,
  create: () => ({ unavailable: () => Promise.resolve(null), start }),
});
