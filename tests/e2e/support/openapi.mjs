// The description that a server gives of itself, as something to ask by: requests made of it, and answers held against it.
import assert from 'node:assert/strict'
import { request } from 'node:http'

import Ajv2020 from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

import { Events } from './reading.mjs'

/** Objects whose members are listed have no others, so that nothing is answered that is not described. */
function close(schema) {
  if (schema === null || typeof schema !== 'object') return
  if (schema.properties && schema.type === 'object' && schema.additionalProperties === undefined) schema.unevaluatedProperties = false
  for (const member of Object.values(schema.properties ?? {})) close(member)
  close(schema.items)
  close(schema.additionalProperties)
}

/** An event of a stream as it is described. */
export const eventOf = ({ data, id, retry }) => ({ data: JSON.parse(data), ...(id && { id }), ...(retry && { retry: Number(retry) }) })

export const schemaOf = (name) => ({ $ref: `#/components/schemas/${name}` })

/** What a body says, by its media type: text, a value, or the list of values. */
function valueOf(mediaType, text) {
  if (mediaType === 'application/x-ndjson') return text.trimEnd().split('\n').map((line) => JSON.parse(line))
  if (mediaType === 'text/event-stream') return new Events().take(text).map(eventOf)
  return mediaType.endsWith('json') ? JSON.parse(text) : text
}

export class Description {
  constructor(document) {
    this.document = document
    /** [{path, method, operationId, parameters, requestBody, responses}] */
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ parameters: [], ...operation, path, method: method.toUpperCase() })))
    this.components = structuredClone(document.components)
    Object.values(this.components.schemas).forEach(close)
    this.ajv = formats(new Ajv2020({ strict: false, allErrors: true }))
    this.validators = new Map()
    /** "readState 200 application/json" of each answer that was held against it. */
    this.seen = new Set()
  }

  operation(operationId) { return this.operations.find((one) => one.operationId === operationId) }

  /** Why `value` is not of `schema`; empty if it is. */
  faultsOf(schema, value) {
    const text = JSON.stringify(schema)
    if (!this.validators.has(text)) this.validators.set(text, this.ajv.compile({ ...schema, components: this.components }))
    const validate = this.validators.get(text)
    return validate(value) ? '' : this.ajv.errorsText(validate.errors)
  }

  /** Holds an answer against what is described of its status; what it says. */
  check(operation, { status, headers, text }, what) {
    const where = `${operation.operationId} ${what}: ${status} ${text.slice(0, 500)}`
    const response = operation.responses[status]
    assert.ok(response, `a status that is not described: ${where}`)
    if (!response.content) {
      assert.equal(text, '', where)
      this.seen.add(`${operation.operationId} ${status}`)
      return undefined
    }
    const mediaType = headers['content-type'].split(';')[0]
    const described = response.content[mediaType] ? mediaType : '*/*'
    const content = response.content[described]
    assert.ok(content, `a media type that is not described, ${mediaType}: ${where}`)
    const value = valueOf(mediaType, text)
    assert.equal(this.faultsOf(content.schema, value), '', where)
    for (const name of Object.keys(response.headers ?? {})) assert.ok(headers[name.toLowerCase()], `${name} is missing: ${where}`)
    this.seen.add(`${operation.operationId} ${status} ${described}`)
    return value
  }
}

/** A value of a parameter as a URL or a header has it, before encoding. */
export function written({ schema, content }, value) {
  if (content) return JSON.stringify(value)
  return schema.type === 'array' ? value.join(',') : String(value)
}

const unitsMs = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Values, written, that a parameter may have by its description: its example, and each limit, at it and within it. */
export function rightValues(parameter) {
  const { schema = {}, content, example = content?.['application/json'].example } = parameter
  const values = example === undefined ? [] : [example]
  if (schema.default !== undefined) values.push(schema.default)
  if (schema.enum) values.push(...schema.enum)
  if (schema.type === 'boolean') values.push(true, false)
  if (schema.minimum !== undefined) values.push(schema.minimum, schema.minimum + 1)
  if (schema.maximum !== undefined) values.push(schema.maximum, schema.maximum - 1)
  if (schema['x-maximum']) values.push('0s', schema['x-maximum'])
  if (schema.maxLength !== undefined) values.push('k'.repeat(schema.maxLength))
  if (schema.type === 'array' && schema.maxItems && !schema.prefixItems) values.push(Array(schema.maxItems).fill(example[0]))
  return values.map((value) => written(parameter, value))
}

/** Values, written, that it may not have: beyond each limit by one, and of another type. */
export function wrongValues(parameter) {
  const { schema = {}, content, example } = parameter
  if (content) return ['none', '[]', '{"a":{"less":1}}', '{"a":{}}']
  const { type, minimum, maximum, maxLength, minLength, maxItems, pattern, prefixItems } = schema
  const values = []
  if (type === 'integer') values.push('', 'x', '1.5')
  if (type === 'number') values.push('', 'x', 'nan')
  if (type === 'boolean') values.push('', 'yes', '1')
  if (schema.enum || schema.format) values.push('', 'nonsense')
  if (minimum !== undefined) values.push(minimum - 1)
  if (maximum !== undefined) values.push(maximum + 1)
  if (minLength > 0 && !pattern) values.push('')
  if (maxLength !== undefined) values.push('k'.repeat(maxLength + 1))
  if (pattern) values.push(['~', 'a/b'].find((value) => !new RegExp(pattern).test(value)))
  if (schema['x-maximum']) {
    const [, number, unit] = /^(\d+)(\D+)$/.exec(schema['x-maximum'])
    values.push(`${number * unitsMs[unit] + 1}ms`)
  }
  if (prefixItems) {
    values.push(example.slice(1).join(','), [...example, 1].join(','), prefixItems.map(() => 'x').join(','))
    const edge = (at, value) => example.map((one, n) => (n === at ? value : one)).join(',')
    prefixItems.forEach((item, n) => {
      if (item.maximum !== undefined) values.push(edge(n, item.maximum + 1))
      if (item.minimum !== undefined) values.push(edge(n, item.minimum - 1))
    })
  } else if (type === 'array') {
    if (maxItems) values.push(Array(maxItems + 1).fill(example[0]).join(','))
    if (schema.items.pattern || schema.items.maxLength) values.push(...wrongValues({ schema: schema.items }).filter((value) => value !== ''))
  }
  return values.map(String)
}

/** The target of an operation, with what is given of its parameters, {name: text}; those in a header apart. */
export function targetOf({ path, parameters }, values) {
  const query = new URLSearchParams()
  const headers = {}
  let target = path
  for (const { name, in: place } of parameters) {
    if (values[name] === undefined) continue
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(values[name]))
    if (place === 'query') query.set(name, values[name])
    if (place === 'header') headers[name] = values[name]
  }
  return { target: [target, ...(`${query}` ? [query] : [])].join('?'), headers }
}

/** One request: {status, headers, text}. Of a stream of events, what came up to the end of one; of an upgrade, nothing but its head. */
export function askOnce(base, target, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(target, base), { method, headers, agent: false }, (response) => {
      let text = ''
      const done = () => resolve({ status: response.statusCode, headers: response.headers, text })
      const isStream = response.headers['content-type'] === 'text/event-stream'
      response.setEncoding('utf8').on('data', (part) => {
        text += part
        if (!isStream || !text.endsWith('\n\n')) return
        done()
        outgoing.destroy()
      })
      response.on('end', done)
      response.on('error', () => {})
    })
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode, headers: response.headers, text: '' })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
