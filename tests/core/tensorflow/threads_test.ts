import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { nativeTest } from "./_native.ts";

const PROGRAM = fromFileUrl(new URL("_filter_gradients.ts", import.meta.url));

/** A process of its own, because TensorFlow keeps the number of threads that it was first started with. */
nativeTest("two threads sum the gradients of narrow 1x1 filters with strides right", async () => {
  const args = ["run", "--allow-read", "--allow-env", "--allow-ffi", "--allow-sys", PROGRAM];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const differences: number[] = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(differences.length, 8);
  assert(differences.every((difference) => difference < 1e-5), differences.join());
});
