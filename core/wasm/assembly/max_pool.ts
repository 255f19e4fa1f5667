/** The first of the largest values of one channel in a window of `rows` lines and `columns` pixels. */
function firstLargest(from: usize, rows: i32, columns: i32, line: i32, pixel: i32): usize {
  let best = from;
  for (let row = 0; row < rows; row++, from += line) {
    for (let column = 0, at = from; column < columns; column++, at += pixel) {
      if (load<f32>(at) > load<f32>(best)) best = at;
    }
  }
  return best;
}

/** `firstLargest` of four channels side by side: their distances in bytes from `from`. */
function firstLargestOfFour(from: usize, rows: i32, columns: i32, line: i32, pixel: i32): v128 {
  let best = v128.load(from), winner = i32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const distance = row * line + column * pixel, value = v128.load(from + distance);
      const larger = f32x4.gt(value, best);
      best = v128.bitselect(value, best, larger);
      winner = v128.bitselect(i32x4.splat(distance), winner, larger);
    }
  }
  return winner;
}

@inline
function addTo(place: usize, value: f32): void {
  store<f32>(place, load<f32>(place) + value);
}

/**
 * Adds the output's gradient of one window, `bytes` of channels, to the gradient of the first largest value of each
 * channel. `dx` lies `distance` bytes from `x`; the window has `rows` lines and `columns` pixels.
 */
export function giveToLargest(
  x: usize, dy: usize, distance: i32, rows: i32, columns: i32, line: i32, pixel: i32,
): void {
  const dx = x + distance, vectors = pixel & ~15;
  let at = 0;
  for (; at < vectors; at += 16) {
    const winner = firstLargestOfFour(x + at, rows, columns, line, pixel), to = dx + at, from = dy + at;
    addTo(to + i32x4.extract_lane(winner, 0), load<f32>(from));
    addTo(to + i32x4.extract_lane(winner, 1) + 4, load<f32>(from, 4));
    addTo(to + i32x4.extract_lane(winner, 2) + 8, load<f32>(from, 8));
    addTo(to + i32x4.extract_lane(winner, 3) + 12, load<f32>(from, 12));
  }
  for (; at < pixel; at += 4) {
    addTo(firstLargest(x + at, rows, columns, line, pixel) + distance, load<f32>(dy + at));
  }
}
