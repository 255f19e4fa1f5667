/** A task that prints which hosts it may reach, then waits to be asked to stop, and ends with 7. */
const hosts = ["redis:6379", "redis:1", "bucket.s3.eu-west-1.amazonaws.com:443", "example.org"];
const states = hosts.map((host) => Deno.permissions.querySync({ name: "net", host }).state === "granted");
await new Promise<void>((resolve) => {
  Deno.addSignalListener("SIGTERM", resolve);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify([Deno.args, states]) + "\n"));
});
Deno.exit(7);
