import { expect, it } from "vitest";
import { type RequestLike, requireAuth } from "../../src/express/index.js";
import { type Claims, FeedStale, InvalidToken } from "../../src/verifier/index.js";

const CLAIMS = { subject: "7", isStaff: false } as Claims;
const verifier = {
  async verify(token: string): Promise<Claims> {
    if (token === "good") return CLAIMS;
    if (token === "defect") throw new TypeError("a defect");
    throw token === "stale" ? new FeedStale("behind") : new InvalidToken("expired");
  },
};

async function call(authorization: string | undefined, options = {}) {
  const headers: Record<string, string> = {};
  const request: RequestLike = { headers: { authorization } };
  const response = {
    statusCode: 200,
    body: "",
    setHeader(name: string, value: string) {
      headers[name] = value;
    },
    end(body: string) {
      this.body = body;
    },
  };
  const passed: unknown[] = [];
  await requireAuth(verifier, options)(request, response, (error) => void passed.push(error));
  return {
    status: response.statusCode,
    body: response.body && JSON.parse(response.body),
    headers,
    passed,
    auth: request.auth,
  };
}

it("lets a good token pass with its claims", async () => {
  expect(await call("bearer good")).toMatchObject({ passed: [undefined], auth: CLAIMS, body: "" });
});

it.each([
  [undefined, {}, 401, "invalid_token", "WWW-Authenticate", 'Bearer realm="api"'],
  ["Basic good", {}, 401, "invalid_token", "WWW-Authenticate", 'Bearer realm="api", error="invalid_token"'],
  ["Bearer bad", {}, 401, "invalid_token", "WWW-Authenticate", 'Bearer realm="api", error="invalid_token"'],
  [
    "Bearer good",
    { require: "staff" },
    403,
    "insufficient_scope",
    "WWW-Authenticate",
    'Bearer realm="api", error="insufficient_scope"',
  ],
  ["Bearer stale", {}, 503, "service_unavailable", "Retry-After", "1"],
])("answers %s %o with %i", async (authorization, options, status, error, header, value) => {
  const answer = await call(authorization, options);
  expect(answer).toMatchObject({ status, passed: [], body: { error, details: null, message: expect.any(String) } });
  expect(answer.headers).toMatchObject({ [header]: value, "Content-Type": "application/json" });
});

it("leaves a defect to the application", async () => {
  expect(await call("Bearer defect")).toMatchObject({ status: 200, passed: [expect.any(TypeError)], body: "" });
});
