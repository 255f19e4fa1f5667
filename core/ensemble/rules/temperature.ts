import { sigmoid } from "../logistic.ts";

const ROUNDS = 60, GOLDEN = (Math.sqrt(5) - 1) / 2, WIDEST = Math.log(20);

/** What a temperature is fitted to. */
export interface TemperatureRows {
  /** `[classes, rows]`: logits, or logarithms of probabilities where classes exclude each other. */
  readonly logits: Float32Array;
  readonly labels: Float32Array;
  readonly classes: number;
  readonly exclusive: boolean;
  /** 1 for the rows to fit on. */
  readonly kept: Uint8Array;
}

/** Cross entropy of one row's softmax of `scale * logits`. */
function softmaxLoss(
  { logits, labels }: TemperatureRows,
  rows: number,
  at: { row: number; scale: number },
): number {
  const { row, scale } = at;
  let most = -Infinity, sum = 0, wanted = 0;
  for (let i = row; i < logits.length; i += rows) most = Math.max(most, scale * logits[i]!);
  for (let i = row; i < logits.length; i += rows) {
    sum += Math.exp(scale * logits[i]! - most);
    wanted += labels[i]! * (scale * logits[i]! - most);
  }
  return Math.log(sum) - wanted;
}

function lossAt(from: TemperatureRows, scale: number): number {
  const { logits, labels, classes, exclusive, kept } = from, rows = logits.length / classes;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    if (kept[row] === 0) continue;
    if (exclusive) {
      sum += softmaxLoss(from, rows, { row, scale });
      continue;
    }
    for (let i = row; i < logits.length; i += rows) {
      const value = scale * logits[i]!;
      sum += Math.max(0, value) - labels[i]! * value + Math.log1p(Math.exp(-Math.abs(value)));
    }
  }
  return sum;
}

/**
 * The temperature from 1/20 to 20 by which logits are divided for the least log loss, by golden section search; the loss
 * has one minimum.
 *
 * Source: Guo and others, "On calibration of modern neural networks", 2017.
 */
export function fitTemperature(rows: TemperatureRows): number {
  let low = -WIDEST, high = WIDEST;
  let left = high - GOLDEN * (high - low), right = low + GOLDEN * (high - low);
  let [leftLoss, rightLoss] = [left, right].map((power) => lossAt(rows, Math.exp(-power))) as [
    number,
    number,
  ];
  for (let round = 0; round < ROUNDS && high - low > 1e-5; round++) {
    if (leftLoss < rightLoss) {
      [high, right, rightLoss] = [right, left, leftLoss];
      left = high - GOLDEN * (high - low);
      leftLoss = lossAt(rows, Math.exp(-left));
    } else {
      [low, left, leftLoss] = [left, right, rightLoss];
      right = low + GOLDEN * (high - low);
      rightLoss = lossAt(rows, Math.exp(-right));
    }
  }
  return Math.exp((low + high) / 2);
}

/** Probabilities at a temperature, from logits `[classes, rows]`. */
export function atTemperature(
  logits: Float32Array,
  by: { readonly temperature: number; readonly classes: number; readonly exclusive: boolean },
): Float32Array {
  const { temperature, classes, exclusive } = by, rows = logits.length / classes;
  if (!exclusive) return logits.map((value) => sigmoid(value / temperature));
  const cooled = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    let most = -Infinity, sum = 0;
    for (let i = row; i < logits.length; i += rows) most = Math.max(most, logits[i]!);
    for (let i = row; i < logits.length; i += rows) {
      cooled[i] = Math.exp((logits[i]! - most) / temperature);
      sum += cooled[i]!;
    }
    for (let i = row; i < logits.length; i += rows) cooled[i]! /= sum;
  }
  return cooled;
}
