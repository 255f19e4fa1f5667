/** Runs `work` while every file is read by `read` instead of from the disk. */
export async function withReadFile(
  read: (path: string | URL) => Promise<Uint8Array<ArrayBuffer>>,
  work: () => Promise<void>,
): Promise<void> {
  const { readFile } = Deno;
  Deno.readFile = read;
  try {
    await work();
  } finally {
    Deno.readFile = readFile;
  }
}
