// SVG by hand: what bars and curves are drawn with. The same input gives the same bytes.

const ink = '#1f2328'
const faint = '#d0d7de'
export const font = 'ui-sans-serif, system-ui, sans-serif'

// Starling stands out; the others are told apart.
const colours = {
  starling: '#0969da', bun: '#bc4c00', ws: '#1a7f37', socketio: '#8250df', nchan: '#9a6700', mosquitto: '#bf3989', nats: '#0a7ea4', centrifuge: '#57606a', floor: '#8c959f',
}

export const colourOf = (peer) => colours[peer] ?? ink

const escaped = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
const place = (value) => String(Math.round(value * 10) / 10)
const attributes = (values) => Object.entries(values).filter(([, value]) => value !== undefined)
  .map(([name, value]) => ` ${name}="${typeof value === 'number' ? place(value) : escaped(value)}"`).join('')

export const element = (name, values, inside) => (inside === undefined ? `<${name}${attributes(values)}/>` : `<${name}${attributes(values)}>${inside}</${name}>`)
export const text = (x, y, words, { anchor, size = 12, weight, fill = ink } = {}) =>
  element('text', { x, y, 'text-anchor': anchor, 'font-size': size, 'font-weight': weight, fill }, escaped(words))
export const line = (x1, y1, x2, y2, { stroke = faint, width = 1 } = {}) => element('line', { x1, y1, x2, y2, stroke, 'stroke-width': width })
export const rectangle = (x, y, width, height, colour, isHollow) =>
  element('rect', { x, y, width, height, fill: isHollow ? '#ffffff' : colour, stroke: isHollow ? colour : undefined, 'stroke-width': isHollow ? 1.5 : undefined })
export const dot = (x, y, colour, isHollow) => element('circle', { cx: x, cy: y, r: 3.5, fill: isHollow ? '#ffffff' : colour, stroke: colour, 'stroke-width': 1.5 })

/** A range, drawn across or along: from `low` to `high` at `at`, with ends. */
export const across = (low, high, at) => [line(low, at, high, at, { stroke: ink }), line(low, at - 3, low, at + 3, { stroke: ink }), line(high, at - 3, high, at + 3, { stroke: ink })]
export const along = (low, high, at) => [line(at, low, at, high, { stroke: ink }), line(at - 3, low, at + 3, low, { stroke: ink }), line(at - 3, high, at + 3, high, { stroke: ink })]

/** The whole picture, on white, so that it can be read on any page. */
export function picture(width, height, title, parts) {
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'font-family': font },
    ['', element('title', {}, escaped(title)), rectangle(0, 0, width, height, '#ffffff'), ...parts, ''].join('\n'))}\n`
}

/** Round steps from 0 to at least `high`, about `count` of them. */
export function ticks(high, count = 5) {
  const rough = high / count
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((candidate) => candidate >= rough)
  return Array.from({ length: Math.ceil(high / step - 1e-9) + 1 }, (_, index) => index * step)
}
