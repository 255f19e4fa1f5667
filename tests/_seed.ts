/**
 * A new seed for a test that draws at random, told on stderr so that a failure can be repeated; the environment variable
 * PODIUM_TEST_SEED sets it.
 *
 * @param what what is drawn, for the reader of the line
 */
export function testSeed(what: string): number {
  const given = Deno.env.get("PODIUM_TEST_SEED");
  const seed = given === undefined ? Date.now() : Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`Cannot use PODIUM_TEST_SEED="${given}" as a seed: set it to a whole number from 0`);
  }
  const line = `${what} drawn with seed ${seed}; PODIUM_TEST_SEED=${seed} draws them again\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return seed;
}
