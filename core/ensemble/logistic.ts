const EDGE = 1e-7;

/** Logit of a probability, clamped to stay finite at 0 and 1. */
export function logit(probability: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, probability));
  return Math.log(inside / (1 - inside));
}

/** Logistic function. */
export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
