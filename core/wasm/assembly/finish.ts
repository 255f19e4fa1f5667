@inline
function activate(value: v128, relu: bool): v128 {
  return relu ? f32x4.max(value, f32x4.splat(0)) : value;
}

/** Adds `bias` to each row and `residual` (none when 0) to each value, then clips below zero if wanted; in place. */
export function finishRows(
  values: usize, rows: i32, columns: i32, bias: usize, residual: usize, relu: bool,
): void {
  const bytes = columns * 4, vectors = bytes & ~15;
  for (let row = 0; row < rows; row++, values += bytes) {
    let at = 0;
    for (; at < vectors; at += 16) {
      let value = f32x4.add(v128.load(values + at), v128.load(bias + at));
      if (residual) value = f32x4.add(value, v128.load(residual + at));
      v128.store(values + at, activate(value, relu));
    }
    for (; at < bytes; at += 4) {
      const value = load<f32>(values + at) + load<f32>(bias + at) + (residual ? load<f32>(residual + at) : 0);
      store<f32>(values + at, relu ? max<f32>(value, 0) : value);
    }
    if (residual) residual += bytes;
  }
}
