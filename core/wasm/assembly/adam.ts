/** Settings of one step in their order in memory; core/wasm/adam.ts writes them. */
@unmanaged
class Step {
  kept: f32;
  penalty: f32;
  beta1: f32;
  rest1: f32;
  beta2: f32;
  rest2: f32;
  rate: f32;
  scale: f32;
  epsilon: f32;
}

/**
 * One step of Adam over `bytes` of values each; `next*` may be the read places themselves. Multiplications and
 * additions stay apart, so that the bits do not depend on the machine.
 */
export function adam(
  step: Step, bytes: i32, parameter: usize, gradient: usize, average: usize, square: usize,
  nextParameter: usize, nextAverage: usize, nextSquare: usize,
): void {
  const vectors = bytes & ~15;
  const kept = f32x4.splat(step.kept), penalty = f32x4.splat(step.penalty);
  const beta1 = f32x4.splat(step.beta1), rest1 = f32x4.splat(step.rest1);
  const beta2 = f32x4.splat(step.beta2), rest2 = f32x4.splat(step.rest2);
  const rate = f32x4.splat(step.rate), scale = f32x4.splat(step.scale), epsilon = f32x4.splat(step.epsilon);
  let at = 0;
  for (; at < vectors; at += 16) {
    const value = v128.load(parameter + at);
    const slope = f32x4.add(v128.load(gradient + at), f32x4.mul(penalty, value));
    const mean = f32x4.add(f32x4.mul(v128.load(average + at), beta1), f32x4.mul(slope, rest1));
    const spread = f32x4.add(f32x4.mul(v128.load(square + at), beta2), f32x4.mul(f32x4.mul(slope, slope), rest2));
    const under = f32x4.add(f32x4.mul(f32x4.sqrt(spread), scale), epsilon);
    v128.store(nextAverage + at, mean);
    v128.store(nextSquare + at, spread);
    v128.store(nextParameter + at, f32x4.sub(f32x4.mul(value, kept), f32x4.div(f32x4.mul(rate, mean), under)));
  }
  for (; at < bytes; at += 4) {
    const value = load<f32>(parameter + at), slope = load<f32>(gradient + at) + step.penalty * value;
    const mean = load<f32>(average + at) * step.beta1 + slope * step.rest1;
    const spread = load<f32>(square + at) * step.beta2 + slope * slope * step.rest2;
    store<f32>(nextAverage + at, mean);
    store<f32>(nextSquare + at, spread);
    const under = sqrt<f32>(spread) * step.scale + step.epsilon;
    store<f32>(nextParameter + at, value * step.kept - step.rate * mean / under);
  }
}
