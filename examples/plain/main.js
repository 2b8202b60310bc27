// A live list of nodes with nothing but a browser: a row a node, touched when something of it has changed.
import { connect } from '@starling/client'

const starling = connect('http://127.0.0.1:8080')
const mesh = starling.subscribe('mesh:*')
const rows = new Map()

starling.onStatus(({ state }) => { document.querySelector('[role=status]').textContent = state })

mesh.onChange(({ channels }) => {
  for (const { changed, removed } of channels.values()) {
    for (const id of [...changed, ...removed.keys()]) show(id)
  }
})

function show(id) {
  const node = mesh.channel('mesh:node').get(id)
  if (!node) {
    rows.get(id)?.remove()
    rows.delete(id)
    return
  }
  if (!rows.has(id)) rows.set(id, document.querySelector('tbody').insertRow())
  const { latitude, longitude } = mesh.channel('mesh:position').get(id) ?? {}
  const { battery_percent: battery } = mesh.channel('mesh:telemetry').get(id) ?? {}
  const cells = [node.long_name ?? id, battery, latitude, longitude].map((value) => {
    const cell = document.createElement('td')
    cell.textContent = value ?? '–'
    return cell
  })
  rows.get(id).replaceChildren(...cells)
}
