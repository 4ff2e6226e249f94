/**
 * The layout engine, in a worker of its own: large pictures take seconds.
 */
import ElkApi from 'elkjs/lib/elk-api.js'
import workerAddress from 'elkjs/lib/elk-worker.min.js?url'
import { type Layout, layOut, shapeOf } from './layout.ts'
import type { Picture } from './picture.ts'

const elk = new ElkApi({ workerFactory: () => new Worker(workerAddress) })
/** Layouts by the shape of their picture: as long as the places are the same, nothing moves. */
const known = new Map<string, Promise<Layout>>()
const MOST_KNOWN = 20

export function layoutOf(picture: Pick<Picture, 'nodes' | 'edges'>): Promise<Layout> {
  const shape = shapeOf(picture)
  const found = known.get(shape)
  if (found !== undefined) return found
  const made = layOut(picture, (graph) => elk.layout(graph))
  known.set(shape, made)
  made.catch(() => known.delete(shape))
  const [oldest] = known.keys()
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
  return made
}
