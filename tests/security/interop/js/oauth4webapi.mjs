// A resource server and a client built on oauth4webapi: discovery first, then what `action` says.
import * as oauth from 'oauth4webapi'

const { action, issuer, client_id, client_secret, audience, token } = JSON.parse(process.argv[2])
const http = { [oauth.allowInsecureRequests]: true } // the test server has no TLS

const url = new URL(issuer)
const discovered = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...http })
const server = await oauth.processDiscoveryResponse(url, discovered)
const client = { client_id }

const actions = {
  discover: async () => server,
  introspect: async (authentication) => {
    const response = await oauth.introspectionRequest(server, client, authentication, token, http)
    return oauth.processIntrospectionResponse(server, client, response)
  },
  revoke: async (authentication) => {
    const response = await oauth.revocationRequest(server, client, authentication, token, http)
    return { answer: (await oauth.processRevocationResponse(response)) ?? null }
  },
  validate: async () => {
    const request = new Request('https://api.example/', { headers: { authorization: `Bearer ${token}` } })
    return oauth.validateJwtAccessToken(server, request, audience, http)
  },
}

const [name, method] = action.split(' ')
const authentications = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }
const authentication = authentications[method ?? 'basic'](client_secret)
try {
  console.log(JSON.stringify(await actions[name](authentication)))
} catch (error) {
  console.log(JSON.stringify({ error: error.code ?? error.name, cause: error.cause?.error ?? error.error ?? null }))
}
