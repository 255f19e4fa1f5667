/** A process that races for the keys race/0 to race/<rounds - 1> of a folder; prints the rounds that it won. */
import { openStore } from "../../../core/store/open_store.ts";
import { randomBytes } from "./_store_contract.ts";

const [folder, seed, rounds] = Deno.args;
const store = await openStore(folder!);
const bytes = randomBytes(Number(seed), 300_000);
const won: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  if (await store.putIfAbsent(`race/${round}`, { bytes }) === "written") won.push(round);
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(won)));
