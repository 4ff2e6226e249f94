/**
 * The client of bench/http.ts, in a thread of its own: the same small POST again and again on raw sockets, so that it costs little itself.
 */
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

interface Order {
  readonly port: number
  readonly connections: number
  readonly token: string
  readonly warmMs: number
  readonly measuredMs: number
}

const { port, connections, token, warmMs, measuredMs }: Order = workerData
const body = JSON.stringify({ input: { text: 'a small text, as inputs often are' } })
const request = Buffer.from(
  `POST /api/flows/echo/runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
)

let answered = 0
let ended = false
for (let index = 0; index < connections; index += 1) {
  const socket = connect(port, '127.0.0.1', () => socket.write(request))
  socket.setNoDelay(true)
  let text = ''
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN)
    if (head < 0 || text.length < head + 4 + length) return
    if (!text.startsWith('HTTP/1.1 201')) throw new Error(`The server answered: ${text.slice(0, 200)}`)
    text = ''
    answered += 1
    if (ended) socket.destroy()
    else socket.write(request)
  })
}
setTimeout(() => {
  const [before, start] = [answered, performance.now()]
  setTimeout(() => {
    const rate = ((answered - before) * 1000) / (performance.now() - start)
    ended = true
    parentPort?.postMessage(rate)
  }, measuredMs)
}, warmMs)
