/** Runs `work` over all items, `inFlight` at a time; the order of completion does not matter to the results. */
export async function forEachInFlight<T>(
  items: readonly T[],
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, lane));
}
