// Node's own HTTP parser, in strict mode, as a judge: a line of JSON with a stream comes in, a line with what it read goes out.
'use strict'
const crypto = require('node:crypto')
const http = require('node:http')
const readline = require('node:readline')
const { Duplex } = require('node:stream')

// judges.py has hidden the offers of other protocols: in a body they are but text, and come back.
const hash = (body) =>
  crypto.createHash('sha256').update(body.replaceAll('~', 'U').replaceAll('^', 'u'), 'latin1').digest('hex')

let read
const server = http.createServer({ insecureHTTPParser: false, keepAliveTimeout: 0 }, (request, response) => {
  const pieces = []
  const entry = { target: request.url, body: null }
  read.requests.push(entry)
  request.on('data', (piece) => pieces.push(piece))
  request.on('error', () => {})
  request.on('end', () => {
    entry.body = hash(Buffer.concat(pieces).toString('latin1'))
    response.end('x')
  })
})
server.on('checkContinue', (request, response) => server.emit('request', request, response))
server.on('checkExpectation', (request, response) => server.emit('request', request, response))
server.on('connect', (request, socket) => {
  read.requests.push({ target: request.url, body: null })
  socket.destroy()
})
server.on('clientError', (error) => {
  if (error.code !== 'HPE_INVALID_EOF_STATE') read.refused = true // that is but the stream's end
})

const settled = () => new Promise((resolve) => setImmediate(resolve))

async function judge({ sent }) {
  read = { requests: [], refused: false }
  const socket = new Duplex({ read() {}, write: (_, __, done) => done(), allowHalfOpen: true })
  socket.on('error', () => {})
  server.emit('connection', socket)
  socket.push(Buffer.from(sent, 'base64'))
  await settled()
  socket.push(null)
  const complete = () => read.requests.filter(({ body }) => body).length
  for (let idle = 0, before = -1; idle < 10; idle++) {
    await settled()
    if (complete() !== before) [before, idle] = [complete(), 0]
  }
  socket.destroy()
  return read
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await judge(JSON.parse(line))) + '\n')
  }
}

main()
