/** Moto's S3 server (pip install "moto[server]"), an independent one, for the tests of machines that have it. */
import { AwsClient } from "aws4fetch";
import type { S3Access } from "../../../core/store/s3_access.ts";
import { FailingProxy } from "./_failing_proxy.ts";

/** Requests without a check of signatures, to make a user; all later ones are checked. */
const UNCHECKED = 3;
const REGION = "us-east-1";

/** Of 5.2.1 the check of signatures takes a slash in a query for another character. */
const IS_NEW =
  "import moto.server, flask; assert [int(n) for n in moto.__version__.split('.')[:3]] >= [5, 2, 5]";

async function hasMoto(python: string): Promise<boolean> {
  try {
    const args = ["-c", IS_NEW];
    return (await new Deno.Command(python, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** The first Python that has Moto 5.2.5 or newer: $PODIUM_PYTHON, python3; null when there is none. */
export async function findMoto(): Promise<string | null> {
  for (const python of [Deno.env.get("PODIUM_PYTHON"), "python3"]) {
    if (python !== undefined && await hasMoto(python)) return python;
  }
  return null;
}

function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}

async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${url}moto-api/`).catch(() => null);
    await answer?.body?.cancel();
    if (answer !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Moto does not start");
}

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
});

/** Makes a user that may use S3, and returns the user's keys. */
async function makeUser(url: string): Promise<Pick<S3Access, "accessKeyId" | "secretAccessKey">> {
  const root = new AwsClient({
    accessKeyId: "root",
    secretAccessKey: "root",
    service: "iam",
    region: REGION,
    retries: 0,
  });
  const ask = async (form: Record<string, string>) => {
    const answer = await root.fetch(url, {
      method: "POST",
      body: new URLSearchParams(form).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    return await answer.text();
  };
  await ask({ Action: "CreateUser", UserName: "podium", Version: "2010-05-08" });
  await ask({
    Action: "PutUserPolicy",
    UserName: "podium",
    PolicyName: "s3",
    PolicyDocument: POLICY,
    Version: "2010-05-08",
  });
  const text = await ask({ Action: "CreateAccessKey", UserName: "podium", Version: "2010-05-08" });
  const value = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)![1]!;
  return { accessKeyId: value("AccessKeyId"), secretAccessKey: value("SecretAccessKey") };
}

/** Starts Moto with a bucket, and signatures checked, behind a proxy that fails when told to, for the time of a test. */
export async function withMoto(
  python: string,
  use: (access: S3Access, proxy: FailingProxy) => Promise<void>,
): Promise<void> {
  const port = freePort(), url = `http://127.0.0.1:${port}/`;
  const child = new Deno.Command(python, {
    args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", `${port}`],
    env: { INITIAL_NO_AUTH_ACTION_COUNT: `${UNCHECKED}` },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const proxy = await FailingProxy.start(port);
  try {
    await untilItAnswers(url);
    const keys = await makeUser(url), bucketUrl = `http://127.0.0.1:${proxy.port}/bucket/`;
    const aws = new AwsClient({ ...keys, service: "s3", region: REGION, retries: 0 });
    await (await aws.fetch(bucketUrl, { method: "PUT" })).text();
    await use({ url: `${bucketUrl}first/`, bucketUrl, prefix: "first/", region: REGION, ...keys }, proxy);
  } finally {
    await proxy.stop();
    child.kill("SIGTERM");
    await child.status;
  }
}
