import { assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../../core/base/problem.ts";
import { s3Access } from "../../../core/store/s3_access.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

function access(address: string, variables: Record<string, string>) {
  return s3Access(address, (name) => variables[name]);
}

Deno.test("Amazon's buckets are hosts, others and those with dots are paths", () => {
  const amazon = { ...KEYS, AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "us-east-2" };
  assertEquals(access("s3://cells", amazon).url, "https://cells.s3.eu-west-1.amazonaws.com/");
  assertEquals(access("s3://cells/a/b/", amazon).prefix, "a/b/");
  assertEquals(access("s3://my.cells/a", amazon).url, "https://s3.eu-west-1.amazonaws.com/my.cells/a/");
  const own = { ...KEYS, AWS_ENDPOINT_URL: "http://10.0.0.1:8333/", AWS_SESSION_TOKEN: "token" };
  assertEquals(access("s3://cells/a", own), {
    url: "http://10.0.0.1:8333/cells/a/",
    bucketUrl: "http://10.0.0.1:8333/cells/",
    prefix: "a/",
    region: "us-east-1",
    accessKeyId: "id",
    secretAccessKey: "secret",
    sessionToken: "token",
  });
  const both = { ...own, AWS_ENDPOINT_URL_S3: "https://s3.example.org" };
  assertEquals(access("s3://cells", both).url, "https://s3.example.org/cells/");
});

Deno.test("what is missing or wrong in the environment or the address is named", () => {
  const cases: [address: string, variables: Record<string, string>, message: string][] = [
    ["s3://cells", KEYS, "AWS_REGION is not set"],
    ["s3://cells", { AWS_REGION: "a" }, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY are not set"],
    ["s3://cells", {}, "AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY are not set"],
    ["s3://cells", { AWS_REGION: "a", AWS_ACCESS_KEY_ID: "AWS_x" }, ": AWS_SECRET_ACCESS_KEY is not set"],
    ["s3://cells", { ...KEYS, AWS_ENDPOINT_URL: "host:8333" }, 'AWS_ENDPOINT_URL: "host:8333" is no address'],
    ["s3://Cells", KEYS, 'Cannot use "s3://Cells"'],
    ["s3://cells/../x", KEYS, "Cannot use"],
    ["s3:/cells", KEYS, "Cannot use"],
  ];
  for (const [address, variables, message] of cases) {
    assertEquals(assertThrows(() => access(address, variables), Problem, message).exitCode, 2);
  }
});
