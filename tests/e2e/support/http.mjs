// HTTP as it is: any header may be sent, Host included, which `fetch` forbids.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'

import { until } from './until.mjs'

/** {status, headers, text, json()} of one request; a body that is no string is sent as JSON. */
export function ask(base, path, { method = 'GET', headers = {}, body, agent = false } = {}) {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, base), { method, headers, agent }, (response) => {
      const parts = []
      response.on('data', (part) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

export const json = 'application/json'
export const ndjson = 'application/x-ndjson'

export const post = (base, path, body, options = {}) =>
  ask(base, path, { method: 'POST', body, ...options, headers: { 'Content-Type': json, ...options.headers } })

/** Records [{channel, key, data, …}] as one body of NDJSON. */
export const postLines = (base, records, options = {}) =>
  post(base, '/api/v1/publish', records.map((record) => JSON.stringify(record)).join('\n') + '\n', {
    ...options, headers: { 'Content-Type': ndjson },
  })

/** Until reads show batch `seq`: an answer names the batch it will be in, and may come before that closes. */
export const settled = (base, seq) =>
  until(async () => (await metric(base, 'starling_log_seq')) >= seq, { what: `batch ${seq} to close` })

async function settledAnswer(base, answer) {
  assert.equal(answer.status, 200, answer.text)
  await settled(base, answer.json().seq)
  return answer
}

/** Publishes, and waits until reads show it. */
export const publish = async (base, path, body, options) => settledAnswer(base, await post(base, path, body, options))
export const publishLines = async (base, records) => settledAnswer(base, await postLines(base, records))

/** All records of a channel, page after page. */
export async function stateOf(base, channel, limit = 1000) {
  const records = {}
  let cursor = ''
  do {
    const answer = await ask(base, `/api/v1/state/${channel}?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    if (answer.status !== 200) throw new Error(`GET state of ${channel}: ${answer.status} ${answer.text}`)
    const page = answer.json()
    Object.assign(records, page.records)
    cursor = page.cursor ?? ''
  } while (cursor)
  return records
}

/** The value of a metric without labels, or of the sample written just so. */
export async function metric(base, name) {
  const line = (await ask(base, '/metrics')).text.split('\n').find((text) => text.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

/** Connections that stay open for one request after the other. */
export function keepAlive(t) {
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  return agent
}
