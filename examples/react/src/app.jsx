import { connect } from '@starling/client'
import { useLive, useStatus } from '@starling/react'

const starling = connect()

export function App() {
  const { state } = useStatus(starling)
  const mesh = useLive(starling, 'mesh:*')
  const rows = [...mesh.channel('mesh:node')].map(([id, node]) => {
    const { latitude, longitude } = mesh.channel('mesh:position').get(id) ?? {}
    const { battery_percent: battery } = mesh.channel('mesh:telemetry').get(id) ?? {}
    return <tr key={id}><td>{node.long_name ?? id}</td><td>{battery ?? '–'}</td><td>{latitude ?? '–'}</td><td>{longitude ?? '–'}</td></tr>
  })
  return <>
    <h1>Nodes</h1>
    <p role="status">{state}</p>
    <table>
      <thead><tr><th>Name</th><th>Battery, %</th><th>Latitude, °</th><th>Longitude, °</th></tr></thead>
      <tbody>{rows}</tbody>
    </table>
  </>
}
