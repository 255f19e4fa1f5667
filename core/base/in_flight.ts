/**
 * Runs `work` over all items, `inFlight` at a time; the order of completion does not matter to the results. After the first
 * error no further item is begun, and it is thrown once the work under way has ended.
 */
export async function forEachInFlight<T>(
  items: Iterable<T>,
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator](), errors: unknown[] = [];
  const lane = async () => {
    try {
      for (let next = iterator.next(); !next.done; next = iterator.next()) {
        await work(next.value);
        if (errors.length > 0) return;
      }
    } catch (error) {
      errors.push(error);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  if (errors.length > 0) throw errors[0];
}
