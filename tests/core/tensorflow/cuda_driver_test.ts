import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { askCudaDriver, type CudaDriver } from "../../../core/tensorflow/cuda_driver.ts";
import { inFolder } from "../../_in_folder.ts";
import { needing } from "../../_needing.ts";
import { compile, NO_COMPILER } from "./_stand_in.ts";

/** A driver with GPUs of the names given, or one whose start fails. */
function driver(start: number, names: readonly string[] = []): string {
  const list = names.map((name) => `"${name}"`).join(", ") || "0";
  return `#include <string.h>
static const char *names[] = { ${list} };
int cuInit(unsigned flags) { return ${start}; }
int cuDriverGetVersion(int *version) { *version = 12090; return 0; }
int cuDeviceGetCount(int *count) { *count = ${names.length}; return 0; }
int cuDeviceGetName(char *name, int length, int device) { strncpy(name, names[device], length); return 0; }
`;
}

async function ask(source: string): Promise<CudaDriver | null> {
  let answer: CudaDriver | null = null;
  await inFolder(async (folder) => {
    const library = join(folder, "libtensorflow.so.2");
    await compile(library, source);
    answer = askCudaDriver(library);
  });
  return answer;
}

Deno.test({
  ...needing("NVIDIA's driver tells its version and its GPUs, or why there are none", NO_COMPILER),
  fn: async () => {
    assertEquals(await ask("int TF_Version(void) { return 0; }"), null);
    assertEquals(await ask(driver(0, ["NVIDIA H100", "NVIDIA T4"])), {
      version: "12.9",
      devices: ["NVIDIA H100", "NVIDIA T4"],
      problem: null,
    });
    assertStringIncludes((await ask(driver(303)))!.problem!, "libcuda.so.1 is not found");
    assertStringIncludes((await ask(driver(100)))!.problem!, "CUDA_ERROR_NO_DEVICE");
    assertEquals((await ask(driver(77)))!.problem, "the driver fails (cuInit: 77)");
    assertStringIncludes((await ask(driver(0)))!.problem!, "CUDA_ERROR_NO_DEVICE");
  },
});
