/** Runs `work` over all items, `inFlight` at a time; the order of completion does not matter to the results. */
export async function forEachInFlight<T>(
  items: Iterable<T>,
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
