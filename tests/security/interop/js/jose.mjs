// What jose says of some tokens, verified with the remote key set as its documentation shows.
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { jwks_uri, issuer, audience, tokens } = JSON.parse(process.argv[2])
const keys = createRemoteJWKSet(new URL(jwks_uri))

const said = {}
for (const [name, token] of Object.entries(tokens)) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' })
    said[name] = { payload, alg: protectedHeader.alg }
  } catch (error) {
    said[name] = { error: error.code }
  }
}
console.log(JSON.stringify(said))
