// A line that carries every byte by itself, both ways: what is in one write arrives in as many reads.
import net from 'node:net'

export async function crawlingLine(t, port) {
  const sockets = new Set()
  const carry = (from, to) => from.on('data', (chunk) => { for (const byte of chunk) to.write(Buffer.of(byte)) })
  const line = net.createServer((near) => {
    const far = net.connect({ port, host: '127.0.0.1', noDelay: true })
    near.setNoDelay(true)
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => other.destroy())
      socket.on('end', () => other.end())
    }
    carry(near, far)
    carry(far, near)
  })
  await new Promise((resolve) => line.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    sockets.forEach((socket) => socket.destroy())
    line.close()
  })
  return line.address().port
}
