/**
 * The text format of Prometheus, as `/metrics` has it: families of samples with labels.
 *
 * Exposition format 0.0.4. What cannot be read is left out: a line that a later server adds must not take the others along.
 */
export interface Sample { readonly labels: Readonly<Record<string, string>>, readonly value: number }
export interface Family { readonly help: string, readonly type: string, readonly samples: readonly Sample[] }
export type Metrics = ReadonlyMap<string, Family>

interface Open { help: string, type: string, samples: Sample[] }

export function parseMetrics(text: string): Metrics {
  const families = new Map<string, Open>()
  const family = (name: string): Open => {
    let found = families.get(name)
    if (!found) families.set(name, found = { help: '', type: 'untyped', samples: [] })
    return found
  }
  for (const line of text.split('\n')) {
    const described = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line)
    if (described) {
      const [, what, name = '', words = ''] = described
      family(name)[what === 'HELP' ? 'help' : 'type'] = words
      continue
    }
    const sampled = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/.exec(line)
    if (!sampled) continue
    const [, name = '', labels = '', written = ''] = sampled
    const value = numberOf(written)
    if (value !== undefined) family(name).samples.push({ labels: labelsOf(labels), value })
  }
  return families
}

function numberOf(text: string): number | undefined {
  switch (text) {
    case '+Inf': return Infinity
    case '-Inf': return -Infinity
    case 'NaN': return NaN
  }
  const value = Number(text)
  return Number.isNaN(value) ? undefined : value
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  return labels
}

/** The value of the sample that has these labels (none: the first); undefined where there is none. */
export function valueOf(metrics: Metrics, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = Object.entries(labels)
  return metrics.get(name)?.samples.find(sample => wanted.every(([label, value]) => sample.labels[label] === value))?.value
}

/** Of all its samples. */
export function sumOf(metrics: Metrics, name: string): number | undefined {
  return metrics.get(name)?.samples.reduce((sum, { value }) => sum + value, 0)
}
