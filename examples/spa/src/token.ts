/** Of the claims of an access token, what the page shows. Clients may read them, and must not trust them. */
export interface Claims {
  sid: string;
  iat: number;
  exp: number;
  gen: number;
}

export function claimsOf(accessToken: string): Claims {
  const part = accessToken.split(".")[1] ?? "";
  return JSON.parse(atob(part.replace(/-/g, "+").replace(/_/g, "/")));
}
