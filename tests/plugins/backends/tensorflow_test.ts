import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { startTensorflow, tensorflowBinding } from "../../../core/tensorflow/backend.ts";
import { findLibrary } from "../../../core/tensorflow/find_library.ts";
import { nativeTest } from "../../core/tensorflow/_native.ts";
import { keepsNothing, operationsAgree } from "./_agreement.ts";

nativeTest("values and gradients on tensorflow equal the cpu backend's", async (context) => {
  assertMatch(await startTensorflow({ threads: 1, growGpuMemory: true }), /^TensorFlow \d+\.\d+\.\d+ on /);
  await operationsAgree(context, "tensorflow");
});

nativeTest("training on tensorflow keeps no tensors", async () => {
  await keepsNothing("tensorflow", () => tensorflowBinding().getNumOfTensors());
});

nativeTest("TensorFlow's errors name the operation and the shapes", () => {
  const [a, b] = [tf.zeros([2, 3]), tf.zeros([2, 3])] as [tf.Tensor2D, tf.Tensor2D];
  const product = () =>
    tf.engine().runKernel("BatchMatMul", { a, b }, { transposeA: false, transposeB: false });
  assertThrows(
    product,
    Error,
    "TensorFlow could not run BatchMatMulV2 on inputs of shape [2, 3], [2, 3]: Matrix",
  );
  assertEquals(
    Array.from(tf.add(a, 1).dataSync()),
    [1, 1, 1, 1, 1, 1],
    "the next operation is not disturbed",
  );
  assertThrows(() => tensorflowBinding().executeOp("NoSuchOperation", [], [], 1), Error, "NoSuchOperation");
  tf.dispose([a, b]);
});

nativeTest("tensors of every type come back as they were", async () => {
  const binding = tensorflowBinding();
  const before = binding.getNumOfTensors();
  const values = [
    tf.tensor([1.5, -2, NaN, Infinity]),
    tf.tensor([1, -2, 2 ** 31 - 1], [3], "int32"),
    tf.tensor(Array.from({ length: 20 }, (_, index) => index), [4, 5], "int32"),
    tf.tensor([true, false], [2], "bool"),
    tf.tensor([], [0, 3], "float32"),
    tf.tensor(["", "short", "a text that is longer than twenty-two bytes: äöü"], [3], "string"),
  ];
  for (const tensor of values) {
    const wanted = await tensor.data();
    const copy = tf.tile(tf.expandDims(tensor, 0), [1, ...tensor.shape.map(() => 1)]);
    assertEquals(await copy.data<tf.DataType>(), wanted);
    copy.dispose();
  }
  tf.dispose(values);
  await tf.nextFrame();
  assertEquals(
    binding.getNumOfTensors() - before,
    values.length,
    "only the copies that expandDims made are left",
  );
});

Deno.test("the search for the library keeps its order and says nothing when there is none", async () => {
  const folder = await Deno.makeTempDir();
  const put = async (path: string) => {
    await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}/libtensorflow_cc.so.2`, "");
  };
  const search = {
    fromEnvironment: "",
    installFolder: `${folder}/install`,
    pythonFolders: [`${folder}/python`],
    systemFolders: [`${folder}/system`],
  };
  assertEquals(await findLibrary(search), null);
  for (const path of ["system", "python/tensorflow"]) {
    await put(path);
    assertEquals(await findLibrary(search), `${folder}/${path}/libtensorflow_cc.so.2`);
  }
  const named = { ...search, fromEnvironment: `${folder}/system` };
  assertEquals(await findLibrary(named), `${folder}/system/libtensorflow_cc.so.2`);
  assertEquals(await findLibrary({ ...search, fromEnvironment: `${folder}/nowhere` }), null);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("without a library the backend names the install task", async () => {
  const script = `
    import { tensorflowUnavailable } from "${new URL(
    "../../../core/tensorflow/backend.ts",
    import.meta.url,
  )}";
    console.log(await tensorflowUnavailable());`;
  const folder = await Deno.makeTempDir();
  const path = `${folder}/ask.ts`;
  await Deno.writeTextFile(path, script);
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", config, "--allow-read", "--allow-env", "--allow-ffi", path],
    env: { TENSORFLOW_LIBRARY: folder },
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertMatch(said, /no TensorFlow library in TENSORFLOW_LIBRARY=.*deno task install_tensorflow/s);
  await Deno.remove(folder, { recursive: true });
});
