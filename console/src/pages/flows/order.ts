/**
 * The order in which a flow's steps are read: from its start along what follows what.
 *
 * The layout and the keyboard go by it. Back edges are left out; where the rest still goes in circles (the items of a map in one run
 * this way, in another that way) what was met first comes first.
 */
import type { Picture, PictureNode } from './picture.ts'

/** The nodes in reading order; a loop, map or branch stands right before the first of what it holds. */
export function inOrder({ nodes, edges }: Pick<Picture, 'nodes' | 'edges'>): PictureNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const holders = new Set(nodes.flatMap(({ within }) => (within === undefined ? [] : [within])))
  const leaves = nodes.filter(({ id }) => !holders.has(id))
  const ahead = new Map(leaves.map(({ id }) => [id, 0]))
  const onward = edges.filter(({ from, to, back }) => !back && from !== to && ahead.has(from) && ahead.has(to))
  for (const { to } of onward) ahead.set(to, (ahead.get(to) ?? 0) + 1)
  // What nothing leads to (a question about a budget, a step that was left going) comes after all else.
  const reached = new Set(edges.map(({ to }) => to))
  for (const { id } of leaves) if (id !== '$start' && !reached.has(id)) ahead.set(id, leaves.length)
  const left = new Set(leaves.map(({ id }) => id))
  const ordered: PictureNode[] = []
  const placed = new Set<string>()
  const place = (id: string): void => {
    const node = byId.get(id)
    if (node === undefined || placed.has(id)) return
    if (node.within !== undefined) place(node.within)
    placed.add(id)
    ordered.push(node)
  }
  const come = new Set<string>()
  while (left.size > 0) {
    const last = ordered.at(-1)
    const next = least(left, (id) => {
      const isNear = last?.within !== undefined && byId.get(id)?.within === last.within
      // Parts of a step: never before one that has less ahead.
      return (ahead.get(id) ?? 0) - (isNear ? 0.5 : 0) - (come.has(id) ? 0.25 : 0) + (id === '$end' ? 0.125 : 0)
    })
    left.delete(next)
    place(next)
    for (const { from, to } of onward) {
      if (from !== next) continue
      ahead.set(to, (ahead.get(to) ?? 0) - 1)
      come.add(to)
    }
  }
  return ordered
}

function least(ids: ReadonlySet<string>, rank: (id: string) => number): string {
  let best = ''
  let lowest = Number.POSITIVE_INFINITY
  for (const id of ids) {
    const own = rank(id)
    if (own < lowest) [best, lowest] = [id, own]
  }
  return best
}
