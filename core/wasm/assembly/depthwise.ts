import { multiplyAdd } from "./simd";

/**
 * `to += a * b`, `bytes` of channels at a time, `count` times; after each the places move on by their steps. One tap of
 * a depthwise filter along a line of pixels, or of its gradient.
 */
export function addProducts(
  a: usize, aStep: i32, b: usize, bStep: i32, to: usize, toStep: i32, count: i32, bytes: i32,
): void {
  const vectors = bytes & ~15;
  for (; count > 0; count--, a += aStep, b += bStep, to += toStep) {
    let at = 0;
    for (; at < vectors; at += 16) {
      v128.store(to + at, multiplyAdd(v128.load(a + at), v128.load(b + at), v128.load(to + at)));
    }
    for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(a + at) * load<f32>(b + at));
  }
}
