/** What this server answers over HTTP beside the live data, wherever the page is served from. */
import { within } from './deadline.js'

/**
 * How long an answer may take, all of it. A browser has some six connections for a host: those that wait for a server that hangs would leave none
 * for who asks next, nor for the live data where no WebSocket passes.
 */
const answerMaxMs = 10_000

export class ResourceError extends Error {
  constructor(readonly status: number, message: string) {
    super(message)
    this.name = 'ResourceError'
  }
}

export interface Asking {
  /** Who asks may give up sooner. */
  readonly signal?: AbortSignal
  /** For what takes its time; default 10 s. */
  readonly withinMs?: number
}

/** A whole answer. `path` is relative to where the page is: `api/v1/system/status`. */
export async function fetchResource(path: string | URL, { signal, withinMs = answerMaxMs }: Asking = {}): Promise<Response> {
  const controller = new AbortController()
  const abort = () => controller.abort()
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  const response = await within(withinMs, ending => whole(path, ending), controller).finally(() => signal?.removeEventListener('abort', abort))
  if (response.ok) return response
  throw new ResourceError(response.status, await problemOf(response))
}

async function whole(path: string | URL, signal: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(new URL(path, document.baseURI), { signal })
    return new Response(await response.arrayBuffer(), response)
  } catch (error) {
    if (signal.aborted) throw error
    throw new ResourceError(0, 'The server cannot be reached.')
  }
}

/** The `detail` of a problem document (RFC 9457), or the status. */
async function problemOf(response: Response): Promise<string> {
  const fallback = `The server answered ${response.status}.`
  const body: unknown = await response.json().catch(() => undefined)
  return isRecord(body) && typeof body['detail'] === 'string' ? body['detail'] : fallback
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
