import { type Answer, fetchJson } from "./body.js";
import { type Claims, claimsOf } from "./claims.js";
import { InvalidToken, Unavailable } from "./errors.js";
import { isObject } from "./json.js";
import type { Settings } from "./options.js";

const TIMEOUT = 3; // seconds
const TICKET = /^[0-9]{1,18}\.[A-Za-z0-9_-]{43}$/;

/** Throws InvalidToken for a ticket that is unknown, used, expired or not for us; Unavailable when nobody can say. */
export async function redeemTicket(settings: Settings, ticket: string): Promise<Claims> {
  if (!TICKET.test(ticket)) throw new InvalidToken("bad_ticket");
  const { status, body } = await send(settings, ticket);
  if (status === 400 && isObject(body) && body.error === "invalid_grant") throw new InvalidToken("bad_ticket");
  if (status === 200 && isObject(body)) return claimsOf(body);
  throw new Unavailable(`The ticket could not be redeemed: the server answered ${status}.`);
}

async function send({ server, authorization, fetch }: Settings, ticket: string): Promise<Answer> {
  const init = { method: "POST", headers: { Authorization: authorization }, body: new URLSearchParams({ ticket }) };
  try {
    return await fetchJson(fetch, `${server}/api/oauth/ws-ticket/redeem`, init, TIMEOUT);
  } catch (cause) {
    throw new Unavailable("The ticket could not be redeemed: the server cannot be reached.", { cause });
  }
}
