import * as tf from "@tensorflow/tfjs";
import { ADAM_KERNEL, type AdamAttributes } from "../train/kernels.ts";
import { heapValues, type WasmBackend } from "./heap.ts";

/** The values of one Adam step: what is read, then what is written, all of one length. */
interface AdamValues {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly expAvg: Float32Array;
  readonly expAvgSq: Float32Array;
  readonly next: readonly [parameter: Float32Array, expAvg: Float32Array, expAvgSq: Float32Array];
}

function update(values: AdamValues, attributes: AdamAttributes): void {
  const { parameter, gradient, expAvg, expAvgSq, next: [nextParameter, nextAvg, nextSq] } = values;
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, step } = attributes;
  const kept = decoupled ? 1 - learningRate * weightDecay : 1;
  const penalty = decoupled ? 0 : weightDecay;
  const rate = learningRate / (1 - beta1 ** step), scale = 1 / Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < parameter.length; i++) {
    const slope = gradient[i]! + penalty * parameter[i]!;
    const mean = expAvg[i]! * beta1 + slope * (1 - beta1);
    const square = expAvgSq[i]! * beta2 + slope * slope * (1 - beta2);
    nextAvg[i] = mean;
    nextSq[i] = square;
    nextParameter[i] = parameter[i]! * kept - rate * mean / (Math.sqrt(square) * scale + epsilon);
  }
}

/** Registers Adam and AdamW in one pass over memory, where the composed form takes a dozen. */
export function registerAdam(): void {
  tf.registerKernel({
    kernelName: ADAM_KERNEL,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as WasmBackend;
      const given = inputs as Record<string, tf.TensorInfo>;
      const made = [0, 1, 2].map(() => wasm.makeOutput(given.parameter!.shape, "float32"));
      const of = (name: string) => heapValues(wasm, given[name]!);
      const next = made.map((info) => heapValues(wasm, info)) as unknown as AdamValues["next"];
      const read = {
        parameter: of("parameter"),
        gradient: of("gradient"),
        expAvg: of("expAvg"),
        expAvgSq: of("expAvgSq"),
      };
      update({ ...read, next }, attrs as unknown as AdamAttributes);
      return made;
    },
  });
}
