/** What this server answers over HTTP beside the live data, wherever the page is served from. */

export class ResourceError extends Error {
  constructor(readonly status: number, message: string) {
    super(message)
    this.name = 'ResourceError'
  }
}

/** `path` is relative to where the page is: `api/v1/system/status`. */
export async function fetchResource(path: string, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(new URL(path, document.baseURI), signal ? { signal } : {})
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ResourceError(0, 'The server cannot be reached.')
  }
  if (response.ok) return response
  throw new ResourceError(response.status, await problemOf(response))
}

/** The `detail` of a problem document (RFC 9457), or the status. */
async function problemOf(response: Response): Promise<string> {
  const fallback = `The server answered ${response.status}.`
  const body: unknown = await response.json().catch(() => undefined)
  return isRecord(body) && typeof body['detail'] === 'string' ? body['detail'] : fallback
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
