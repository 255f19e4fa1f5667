/**
 * NVIDIA's packages that a GPU build of TensorFlow asks pip for, and of which a training loads nothing: the profiler's
 * library (CUPTI), a compiler for XLA (nvcc), random numbers (no symbol of cuRAND is in TensorFlow any more), and what
 * several GPUs talk by (NCCL), opened by collective operations alone. A process of ours drives one GPU.
 */
const UNUSED_PACKAGES = /^nvidia-(cuda-cupti|cuda-nvcc|curand|nccl)-/;

/**
 * Libraries beside those that are used, which none of these names: BLAS and FFTW under other names, cuSOLVER for
 * several GPUs, a second build of the run-time compiler; and cuDNN's recurrent layers, opened when one is called.
 */
const UNUSED_LIBRARIES = /\/lib(nvblas|cufftw|cusolverMg|nvrtc(-builtins)?\.alt|cudnn_adv)\.so/;

/** Whether a package of NVIDIA's holds anything that a training loads. */
export function isUsedPackage(name: string): boolean {
  return !UNUSED_PACKAGES.test(name);
}

/**
 * Where a library of NVIDIA's is put, or null when it is left out.
 *
 * TensorFlow 2.21 opens cuSOLVER from a library (libtensorflow_framework) whose search path has the folders of the others
 * and not cuSOLVER's own, and goes without the GPU when it is not found; so it is put beside cuSPARSE.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(placeOf("nvidia/cublas/lib/libcublas.so.12"), "nvidia/cublas/lib/libcublas.so.12");
 * assertEquals(placeOf("nvidia/cusolver/lib/libcusolver.so.11"), "nvidia/cusparse/lib/libcusolver.so.11");
 * assertEquals(placeOf("nvidia/cublas/lib/libnvblas.so.12"), null);
 * ```
 */
export function placeOf(path: string): string | null {
  return UNUSED_LIBRARIES.test(path) ? null : path.replace("nvidia/cusolver/lib/", "nvidia/cusparse/lib/");
}
